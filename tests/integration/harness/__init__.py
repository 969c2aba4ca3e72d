"""What the integration tests stand on: clients, servers, databases, tokens."""
