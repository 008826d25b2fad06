"""Campaigns and their variants compared."""

from dataclasses import asdict

from little_bell.api.shapes.variant import experiment_shape
from little_bell.database.desk import Desk, Row, an_id
from little_bell.domain.errors import Invalid
from little_bell.queries.kept import pinned
from little_bell.queries.trend import trend
from little_bell.queries.variants import MEASURES, variants


class Comparisons(Desk):
    """What is better than what."""

    def get_campaign_variants(self, campaign_id: int, by: str = "click", include: str = "human", set_name: str | None = None) -> Row:
        """The campaign's variants side by side, judged by click or open, of human or all: rates, comparisons, a verdict.

        `set_name`: as they were kept under that name. Raises NotFound, Invalid.
        """
        if by not in MEASURES or include not in ("human", "all"):
            raise Invalid("variants are compared by click or open, of human or all", "by")
        self._check_campaign(campaign_id)
        with self._here.reading() as connection, pinned(connection, self._tenant_id, set_name):
            return experiment_shape(variants(connection, self._tenant_id, an_id(campaign_id), by, include == "human"), by, include)

    def get_trend(self, limit: int = 20, set_name: str | None = None) -> list[Row]:
        """The rates of the last campaigns in order, each with the median of it and the four before."""
        with self._here.reading() as connection, pinned(connection, self._tenant_id, set_name):
            return [asdict(row) for row in trend(connection, self._tenant_id, limit)]
