"""Tillsight: self-hosted sales analytics and KPI tracking."""

__version__ = "0.1.0"
