"""What [[rank]] blocks call by name must exist: sites, facilities of today, streets."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from siting.errors import Gathered
from siting.ranking.pools import Pools, pools_of
from siting.ranking.standing import check_standing
from siting.ranking.tasks import filters_asked, kinds_asked
from siting.ranking.weights import weighed_streets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from siting.access.study import Study
    from siting.plan.model import PeopleRule
    from siting.scenario.model import Rank


def check_named(ranks: Sequence[Rank], rules: Mapping[str, PeopleRule], study: Study) -> None:
    """Check the names in must, never, costs and weights of every block.

    Parameters
    ----------
    ranks, rules
        The blocks, and the rules that they ask about by id.

    Raises
    ------
    ScenarioError
        With every name of every block that stands for nothing.
    """
    together = Gathered()
    for rank in ranks:
        if rank.removal:
            filters = filters_asked(rank, rules)[0]
            together.tried(partial(check_standing, rank, filters, study))
            continue
        together.tried(partial(pools_for, rank, kinds_asked(rank, rules), study))
        if rank.weights.streets:
            together.tried(partial(weighed_streets, rank, study))
    if together.errors:
        raise together.error()


def pools_for(rank: Rank, kinds: Sequence[str], study: Study) -> Pools:
    """Return the candidates of a ranking; they are gathered once for a study."""
    key = "pools", rank.model_dump_json(), *kinds
    return study.once(key, lambda: pools_of(rank, kinds, study.layers))
