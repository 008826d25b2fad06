"""The watch over all tenants' mail: looks once a minute, raises and resolves alerts, and tells whoever wants to know."""
