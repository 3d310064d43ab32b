"""The pages of accounts: users, the audit log, settings, and your own profile."""
