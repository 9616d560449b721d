"""StockTurn (库存周转): makes stock move, and proves that it did."""

__version__ = "0.1.0"
