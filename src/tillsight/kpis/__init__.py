"""What was promised and how far it is: KPIs, their values, the change log, progress, outlook."""
