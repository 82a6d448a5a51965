"""How good a health score is: bands against realised churn, and weights learned from it. Pure; reads nothing itself."""
