from __future__ import annotations

from dataclasses import replace

import pytest

from aos_cli.clients.legacynet_network import PUBLIC, Network

HERE = Network.at("http://127.0.0.1:4000")


@pytest.mark.parametrize(
    ("network", "options"),
    [
        (PUBLIC, "--node legacynet"),
        (replace(PUBLIC, cu_url="http://cu"), "--node legacynet --cu-url http://cu"),
        (
            replace(PUBLIC, mu_url="http://m", gateway_url="http://g"),
            "--node legacynet --mu-url http://m --gateway-url http://g",
        ),
        (HERE, "--node http://127.0.0.1:4000"),
        (replace(HERE, su_url="http://su"), "--node http://127.0.0.1:4000 --su-url http://su"),
        (Network.at("http://n", "ours"), "--node ours"),
    ],
)
def test_a_command_line_reaches_the_same_units(network: Network, options: str) -> None:
    """A hint that left the addresses out would ask the public network for somebody else's message."""
    assert network.options() == options
