"""Who may do and see what: people, roles, row scopes, sessions, tokens and the audit."""
