"""Open tabs without browsers: `python -m tests.bench.tabs PORT SECRET COUNT CAMPAIGN` speaks the pages' own socket (Socket.IO 5).

Prints `ready` once each tab shows the campaign; at SIGTERM how many redraws came since, their bytes, and the tabs that got none.
"""

import asyncio
import json
import signal
import sys
from dataclasses import dataclass

import aiohttp

from little_bell.actions.sessions import COOKIE

LOAD = "reflex___state____state.little_bell___ui___states___campaign____campaign.load"


@dataclass
class Tab:
    """One socket; `redraws` and `weight` (bytes) count what came since it was ready."""

    redraws: int = 0
    weight: int = 0
    is_ready: bool = False

    async def live(self, session: aiohttp.ClientSession, url: str, campaign_id: int) -> None:
        """Opens the campaign's page, and listens until it is cancelled."""
        path = f"/campaigns/{campaign_id}"
        route = {"pathname": "/campaigns/[campaign_id]", "asPath": path, "query": {"campaign_id": str(campaign_id)}}
        event = {"name": LOAD, "payload": {}, "router_data": route}
        async with session.ws_connect(url, max_msg_size=0) as socket:
            async for message in socket:
                text = message.data
                if text.startswith("0"):
                    await socket.send_str("40/_event,")
                elif text == "2":
                    await socket.send_str("3")
                elif text.startswith("40/_event"):
                    await socket.send_str("42/_event," + json.dumps(["event", event]))
                elif "figures_rx_state_" in text:
                    self.redraws += self.is_ready
                    self.weight += len(text) * self.is_ready
                    self.is_ready = True


async def main(port: int, secret: str, count: int, campaign_id: int) -> None:
    """Runs until SIGTERM."""
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    tabs = [Tab() for _ in range(count)]
    jar, connector = aiohttp.DummyCookieJar(), aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(cookie_jar=jar, connector=connector, headers={"Cookie": f"{COOKIE}={secret}"}) as session:
        address = f"http://localhost:{port}/_event/?EIO=4&transport=websocket&token=bench-tab-{{}}"
        living = [asyncio.create_task(tab.live(session, address.format(place), campaign_id)) for place, tab in enumerate(tabs)]
        while not all(tab.is_ready for tab in tabs):
            await asyncio.sleep(0.05)
        print("ready", flush=True)
        await stopped.wait()
        for task in living:
            task.cancel()
        await asyncio.gather(*living, return_exceptions=True)
    print(sum(tab.redraws for tab in tabs), sum(tab.weight for tab in tabs), sum(not tab.redraws for tab in tabs), flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
