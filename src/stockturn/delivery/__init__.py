"""触达 delivery: charts, exports, and later alerts, channels and reports."""
