"""Where a legacynet is, and what processes have to name to live there."""

from __future__ import annotations

from dataclasses import dataclass

from aos_cli.settings import NetworkProfile


@dataclass(frozen=True, slots=True)
class Network(NetworkProfile):
    """A network of units, with every address that its profile leaves open.

    Attributes:
        follows_schedulers: whether a process of another scheduler is looked for at the address which that one gives. An
            address of a scheduler unit that the user gave holds for all processes.
    """

    follows_schedulers: bool = False

    def options(self) -> str:
        """What a command line says to reach it: its name, and the units that are not where that name has them."""
        words = [f"--node {self.name}"]
        for unit in ("mu_url", "su_url", "cu_url", "gateway_url"):
            address = getattr(self, unit)
            # A section of the settings has its addresses itself.
            usual = getattr(PUBLIC, unit) if self.name == PUBLIC.name else self.name if "://" in self.name else address
            if address != usual:
                words.append(f"--{unit.replace('_', '-')} {address}")
        return " ".join(words)

    @classmethod
    def at(cls, url: str, name: str = "") -> Network:
        """A network whose units are all at one address."""
        return cls(name or url, url, url, url, url)


AOS_MODULE = "ISShJH1ij-hPPt9St5UFFr_8Ys3Kj5cyg7zrMGt7H9s"
"""The aos module of the public network."""

PUBLIC = Network(
    "legacynet",
    "https://mu.ao-testnet.xyz",
    "https://su-router.ao-testnet.xyz",
    "https://cu.ao-testnet.xyz",
    "https://arweave.net",
    authority="fcoN_xJeisVsPXA-trzVAuIiqO3ydLQxM-L4XbrQKzY",
    scheduler="_GQ33BkPtZrqxA84vM8Zk-N2aO0toNNu_C-l-rawrBA",
    module=AOS_MODULE,
    scheduler_log="pages",
    follows_schedulers=True,
)
"""The public network."""


def network_of(profile: NetworkProfile) -> Network:
    """The network of a profile; units that it does not name are those of the public network.

    The public network's scheduler and messenger are known by their addresses, which nobody needs to ask for; another
    network has to tell its own.
    """
    mu_url, su_url = profile.mu_url or PUBLIC.mu_url, profile.su_url or PUBLIC.su_url
    is_public = mu_url == PUBLIC.mu_url
    return Network(
        profile.name,
        mu_url,
        su_url,
        profile.cu_url or PUBLIC.cu_url,
        profile.gateway_url or PUBLIC.gateway_url,
        profile.authority or (PUBLIC.authority if is_public else ""),
        profile.scheduler or (PUBLIC.scheduler if su_url == PUBLIC.su_url else ""),
        profile.module or (PUBLIC.module if is_public else ""),
        PUBLIC.scheduler_log if su_url == PUBLIC.su_url else profile.scheduler_log,
        # An address that somebody gave holds for all processes.
        follows_schedulers=not profile.su_url,
    )
