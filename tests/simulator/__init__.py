"""The referee of the verdicts: recipients whose truth is known, what their mail clients and gateways fetch, and how well that is judged.

Written before the rules were, from what vendors say of their systems. `populations.py` tells who takes part.
"""
