"""A believable demo tenant: who reads (words), what happens (plan), and how it gets in (fill)."""
