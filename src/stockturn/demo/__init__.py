"""A generated company to try the product on, and to score it against planted truths."""

from stockturn.demo.company import GeneratedCompany, generate

__all__ = ["GeneratedCompany", "generate"]
