"""Sales coming in: layouts, checking, the journal, batches."""
