"""Databases of the two systems that Little Bell grew from, taken over so that mail already sent goes on counting."""
