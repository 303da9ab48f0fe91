"""The timeline page in a headless Chromium: slider, artifact, comparison, live events, keyboard, no error, no request elsewhere.

    page_test.py PROGRAM [SCREENSHOTS [STORE]]     STORE: a large one, to be looked at only; exit 77 where there is no browser
"""
import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import served

BROWSERS = ["chromium", "chromium-browser", "google-chrome", "chrome"]


class Browser:
    """Chromium, spoken to over --remote-debugging-pipe: JSON ended by a zero byte, so that nothing beside Python is needed."""

    def __init__(self, binary, home):
        to_browser, from_us = os.pipe()
        from_browser, to_us = os.pipe()

        def hand_over():
            # The browser reads commands on 3 and answers on 4; both ends may stand there already, so they move out of the way first.
            high = [os.dup2(to_browser, 63), os.dup2(to_us, 62)]
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        self.process = subprocess.Popen([binary, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe", "--no-first-run",
                                         "--disable-background-networking", "--disable-component-update", f"--user-data-dir={home}", "about:blank"],
                                        preexec_fn=hand_over, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(to_us)
        self.out = os.fdopen(from_us, "wb", 0)
        self.into = os.fdopen(from_browser, "rb", 0)
        self.pending = b""
        self.number = 0
        self.requests, self.faults = [], []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = None
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def close(self):
        self.process.terminate()
        self.process.wait(20)
        self.out.close()
        self.into.close()

    def receive(self):
        while b"\0" not in self.pending:
            part = self.into.read(65536)
            if not part:
                raise RuntimeError("the browser is gone")
            self.pending += part
        message, self.pending = self.pending.split(b"\0", 1)
        message = json.loads(message)
        self.note(message.get("method"), message.get("params", {}))
        return message

    def note(self, method, params):
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.faults.append(params["exceptionDetails"].get("exception", {}).get("description", params["exceptionDetails"]["text"]))
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
            self.faults.append(str(params["args"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.faults.append(params["entry"]["text"] + " " + params["entry"].get("url", ""))

    def call(self, method, **params):
        self.number += 1
        number = self.number
        message = {"id": number, "method": method, "params": params}
        if getattr(self, "session", None):
            message["sessionId"] = self.session
        self.out.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == number:
                assert "error" not in answer, (method, answer)
                return answer["result"]

    def js(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, (expression, result)
        return result["result"].get("value")

    def until(self, expression, within=30):
        # A page that is still on its way lacks what the expression looks into, which is "not yet" as well.
        guarded = f"(() => {{ try {{ return !!({expression}); }} catch {{ return false; }} }})()"
        end = time.monotonic() + within
        while time.monotonic() < end:
            if self.js(guarded):
                return
            time.sleep(0.05)
        raise AssertionError(f"never true: {expression}\n{self.js('document.body.innerText')[:2000]}\n{self.faults}")

    def key(self, key, code=None, shift=False):
        codes = {"Tab": 9, "Enter": 13, "ArrowLeft": 37, "ArrowRight": 39, "Home": 36, "End": 35, "PageUp": 33, "PageDown": 34}
        parameters = {"key": key, "code": code or key, "windowsVirtualKeyCode": codes.get(key, 0), "modifiers": 8 if shift else 0}
        self.call("Input.dispatchKeyEvent", type="keyDown", **({"text": "\r"} if key == "Enter" else {}), **parameters)
        self.call("Input.dispatchKeyEvent", type="keyUp", **parameters)

    def text(self, text):
        self.call("Input.insertText", text=text)

    def window(self, width, height=900, scheme="light"):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def keep(self, path):
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))


def choose(browser, panel):
    browser.js(f"document.getElementById('tab-{panel}').click()")
    browser.until(f"document.getElementById('tab-{panel}').getAttribute('aria-selected') === 'true'")


def moment(browser):
    return browser.js("document.getElementById('moment-text').textContent")


def look(browser, url, shots, large):
    browser.window(1200)
    browser.call("Page.navigate", url=url)
    browser.until("document.querySelector('#artifact-count')", 60)
    browser.until("document.getElementById('live').textContent === 'live'")
    assert browser.js("document.querySelectorAll('#density rect').length") > 0
    browser.keep(shots / "collection.png")
    head = moment(browser)

    # The slider, by keys alone; every panel follows it.
    browser.js("document.getElementById('slider').focus()")
    browser.key("ArrowLeft")
    browser.until(f"document.getElementById('moment-text').textContent.includes(', ') && document.getElementById('moment-text').textContent !== {json.dumps(head)}")
    browser.key("Home")
    browser.until("document.getElementById('moment-text').textContent.includes('before the first event')")
    browser.until("document.getElementById('artifact-count').textContent === '0 artifacts'", 60)
    browser.key("PageUp")
    browser.until("!document.getElementById('moment-text').textContent.includes('before the first event')")
    browser.key("End")
    browser.until("document.getElementById('artifact-count').textContent !== '0 artifacts'", 60)

    # An artifact, opened by Tab and Enter.
    browser.js("document.getElementById('filter-type').focus()")
    browser.key("Tab")
    browser.until("document.activeElement.classList.contains('link')")
    opened = browser.js("document.activeElement.textContent")
    browser.key("Enter")
    browser.until("document.querySelector('svg.lane .mark')", 60)
    assert browser.js("document.querySelector('#panel h2').textContent") == opened
    browser.keep(shots / "artifact.png")

    # A lane runs by time, and by events where that is chosen.
    if not large:
        browser.js("document.getElementById('artifact-id').value = 'skill:pdf'; document.getElementById('artifact-id').dispatchEvent(new Event('change'))")
        browser.until("document.querySelector('#panel h2').textContent === 'skill:pdf' && document.querySelectorAll('svg.lane .mark').length > 2")
    places = "JSON.stringify([...document.querySelectorAll('svg.lane .mark')].map((mark) => mark.getAttribute('cx')))"
    by_time = browser.js(places)
    assert " by time, " in browser.js("document.querySelector('svg.lane').getAttribute('aria-label')")
    assert len(browser.js("[...document.querySelectorAll('svg.lane .tick')].map((tick) => tick.textContent)")) == 4
    browser.js("document.getElementById('lane-axis').value = 'event'; document.getElementById('lane-axis').dispatchEvent(new Event('change'))")
    browser.until("document.querySelector('svg.lane').getAttribute('aria-label').includes(' by event, ')")
    assert len(json.loads(browser.js(places))) == len(json.loads(by_time)) and browser.js(places) != by_time
    browser.keep(shots / "artifact-by-event.png")

    # Two moments compared.
    choose(browser, "compare")
    browser.js("document.getElementById('compare-from').focus()")
    browser.text("@~3" if large else "2")
    browser.key("Enter")
    browser.js("document.getElementById('compare-from').blur()")
    browser.until("document.getElementById('compare-result').textContent.includes('differ between')", 60)
    browser.keep(shots / "compare.png")
    for panel in ("projects", "runs", "events", "snapshots"):
        choose(browser, panel)
        browser.until("document.getElementById('panel').textContent.length > 5", 60)
        browser.until("document.getElementById('notice').hidden")
        browser.keep(shots / f"{panel}.png")

    # 360 pixels and the dark.
    for name, width, scheme in (("narrow", 360, "light"), ("dark", 1200, "dark")):
        browser.window(width, scheme=scheme)
        for panel in ("collection", "artifact", "compare", "events"):
            choose(browser, panel)
            browser.until("document.getElementById('panel').textContent.length > 5", 60)
            time.sleep(0.3)
            assert browser.js("document.documentElement.scrollWidth <= window.innerWidth"), f"{panel} is wider than {width} pixels"
            browser.keep(shots / f"{panel}-{name}.png")
    dark = browser.js("getComputedStyle(document.body).backgroundColor")
    browser.window(1200)
    assert browser.js("getComputedStyle(document.body).backgroundColor") != dark


def change(browser, world, server):
    """What happens while the page is open; names and texts that would be markup if they were not text."""
    choose(browser, "collection")
    folder = world.root / "source/skills/evil"
    folder.mkdir(parents=True)
    (folder / "SKILL.md").write_text("---\nname: evil\ndescription: \"<img src=x onerror=alert(1)><script>alert(2)</script>\"\n---\nHm.\n")
    began = time.monotonic()
    world.run("add", str(folder))
    browser.until("document.getElementById('panel').textContent.includes('<script>alert(2)</script>')", 15)
    print(f"an event of another process was on the page {time.monotonic() - began:.1f} s after its command began", file=sys.stderr)
    assert browser.js("document.querySelectorAll('#panel img, #panel script').length") == 0
    # Away from the head the panel stays where it is.
    browser.js("document.getElementById('previous').click()")
    browser.until("!document.getElementById('to-head').disabled")
    before = moment(browser).split(" of ")[0]
    world.run("tags", "add", "skill:evil", "later")
    browser.until(f"document.getElementById('live').dataset.seq === '{world.head()}'")
    assert moment(browser).split(" of ")[0] == before
    choose(browser, "snapshots")
    browser.until("document.getElementById('panel').textContent.includes('only where the server was started with a token file')")


def press(browser, text):
    found = f"[...document.querySelectorAll('#panel button')].find((one) => one.textContent === {json.dumps(text)})"
    browser.until(f"{found} && !{found}.disabled")
    browser.js(f"{found}.click()")


def grown(browser, world, head):
    """Waits until a run that began behind `head` is complete and the page has seen its end."""
    end = time.monotonic() + 30
    run = None
    while run is None or run["seq"] <= head or run["status"] != "completed":
        assert time.monotonic() < end, f"nothing was done: {run}"
        browser.js("1")  # what the browser has to tell is read meanwhile
        run = world.document("runs", "-n", "1")["runs"][0]
    browser.until(f"Number(document.getElementById('live').dataset.seq) >= {run['last_seq']}")


def write(browser, world, shots):
    """Snapshot, refresh and restore from the page: with the token, and the plan shown first."""
    (world.root / "token").write_text("page-token-0123456789\n")
    with served.Served(world, "--token-file", str(world.root / "token")) as server:
        browser.call("Page.navigate", url="about:blank")  # the page before misses its server by now
        browser.faults.clear()
        browser.call("Page.navigate", url=f"http://127.0.0.1:{server.port}/#panel=snapshots")
        browser.until("document.getElementById('dialog').open")
        browser.js("document.getElementById('token').focus()")
        browser.text("page-token-0123456789")
        browser.key("Enter")
        browser.until("[...document.querySelectorAll('#panel button')].some((one) => one.textContent === 'Restore')")

        press(browser, "Snapshot")
        browser.until("document.getElementById('dialog').open && document.getElementById('snapshot-name')")
        browser.js("document.getElementById('snapshot-name').focus()")
        browser.text("from-the-page")
        browser.key("Enter")
        browser.until("document.querySelector('#panel tbody').textContent.includes('from-the-page')")
        assert [one["name"] for one in world.document("snapshot", "list")["items"]].count("from-the-page") == 1

        head = world.head()
        press(browser, "Refresh")
        browser.until("document.getElementById('dialog').open && document.getElementById('dialog-body').textContent.includes('No field would change')")
        assert world.head() == head, "a plan writes nothing"
        browser.keep(shots / "refresh-plan.png")
        browser.js("document.getElementById('dialog-yes').click()")
        grown(browser, world, head)
        assert len(world.run("log", "--type", "refresh_completed", "-o", "ndjson").splitlines()) == 1

        browser.js("[...document.querySelectorAll('#panel tbody tr')].find((one) => one.textContent.startsWith('before')).querySelector('td:last-child button').click()")
        browser.until("document.getElementById('dialog').open && document.getElementById('dialog-body').textContent.includes('remove')")
        browser.keep(shots / "restore-plan.png")
        head = world.head()
        browser.js("document.getElementById('dialog-yes').click()")
        grown(browser, world, head)
        assert all("401" in fault for fault in browser.faults), browser.faults  # the browser tells every refused request


def main():
    browser_binary = next((found for found in map(shutil.which, BROWSERS) if found), None)
    if browser_binary is None:
        print("skipped: no Chromium here (apt-get install chromium)")
        sys.exit(77)
    shots = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else "page-screenshots").absolute()
    shots.mkdir(parents=True, exist_ok=True)
    large = sys.argv[3] if len(sys.argv) > 3 else None
    world = served.World()
    if large:
        world.environment["SKILLTRAIL_STORE"] = large
    home = tempfile.mkdtemp(prefix="skilltrail-browser-")
    browser = Browser(browser_binary, home)
    try:
        with served.Served(world) as server:
            url = f"http://127.0.0.1:{server.port}/"
            look(browser, url, shots, large is not None)
            if not large:
                change(browser, world, server)
            assert browser.faults == [], browser.faults
            elsewhere = [one for one in browser.requests if not one.startswith((url, "about:", "data:"))]
            assert elsewhere == [], elsewhere
        if not large:
            write(browser, world, shots)
    finally:
        browser.close()
        shutil.rmtree(home, ignore_errors=True)
        world.close()
    print(f"screenshots in {shots}")


main()
