"""The pages of KPIs: the board, one KPI, entering values, managing them, and their change log."""
