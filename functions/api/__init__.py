"""The HTTP API: routes, bodies, problems. No rule of the domain."""
