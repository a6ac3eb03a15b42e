/// What pages do beyond reading, where scripts run: times in the reader's zone, countdowns, and
/// parts that follow the chain. It writes text and moves parsed elements; it never writes markup.
enum Script {
    static let text = """
        "use strict";
        (() => {
          const clock = new Intl.DateTimeFormat(undefined, {
            dateStyle: "medium", timeStyle: "medium",
          });
          const hours = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
          const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
          const number = new Intl.NumberFormat("en");

          function localise(root) {
            for (const element of root.querySelectorAll("time[datetime]")) {
              const instant = new Date(element.dateTime);
              if (Number.isNaN(instant.getTime()) || element.title) continue;
              element.title = element.textContent;
              const isShort = "short" in element.dataset && element.textContent.length < 10;
              element.textContent = (isShort ? hours : clock).format(instant);
            }
          }

          function duration(milliseconds) {
            const seconds = Math.max(0, Math.round(milliseconds / 1000));
            const parts = [
              [86400, "d"], [3600, "h"], [60, "min"], [1, "s"],
            ];
            const first = parts.findIndex(([size]) => seconds >= size);
            if (first < 0) return "a moment";
            let rest = seconds;
            const words = [];
            for (const [size, unit] of parts.slice(first, first + 2)) {
              const count = Math.floor(rest / size);
              rest -= count * size;
              if (count > 0) words.push(`${count} ${unit}`);
            }
            return words.join(" ");
          }

          function countDown() {
            for (const element of document.querySelectorAll("[data-until]")) {
              const left = new Date(element.dataset.until) - Date.now();
              element.textContent = duration(left);
            }
          }

          const pulse = document.getElementById("pulse");
          const live = document.getElementById("live");

          function show(height) {
            const link = pulse.querySelector("[data-height]");
            if (Number(link.dataset.height) >= height) return false;
            link.dataset.height = height;
            link.href = `/blocks/${height}`;
            link.textContent = number.format(height);
            return true;
          }

          // The page as the server would render it now, parsed by the browser without running
          // anything in it. Parts that hold the focus or a selection are left alone.
          let loading = false;
          let again = false;

          function refresh() {
            if (!document.querySelector("[data-live]")) return;
            if (loading) {
              again = true;
              return;
            }
            loading = true;
            const request = new XMLHttpRequest();
            request.open("GET", location.href);
            request.responseType = "document";
            request.timeout = 10000;
            request.onloadend = () => {
              const fresh = request.status === 200 ? request.response : null;
              if (fresh) {
                for (const old of document.querySelectorAll("[data-live]")) replace(old, fresh);
              }
              setTimeout(() => {
                loading = false;
                if (again) {
                  again = false;
                  refresh();
                }
              }, 1000);
            };
            request.send();
          }

          function replace(old, fresh) {
            const next = fresh.getElementById(old.id);
            if (!next || old.contains(document.activeElement)) return;
            const selection = document.getSelection();
            if (selection && !selection.isCollapsed && selection.containsNode(old, true)) return;
            localise(next);
            if (old.isEqualNode(next)) return;
            old.replaceWith(document.adoptNode(next));
            countDown();
          }

          let source = null;

          function listen() {
            if (source || !pulse || !live) return;
            source = new EventSource("/v1/events");
            source.addEventListener("open", () => {
              pulse.classList.add("on");
              live.textContent = "updates live";
            });
            source.addEventListener("error", () => {
              pulse.classList.remove("on");
              live.textContent = "waits for the server";
            });
            source.addEventListener("block", (event) => {
              if (show(JSON.parse(event.data).height)) refresh();
            });
          }

          // A page that nobody sees gives its connection back: a browser has only six for a server.
          function follow() {
            if (document.visibilityState === "hidden") {
              source?.close();
              source = null;
              pulse?.classList.remove("on");
            } else {
              listen();
            }
          }

          localise(document);
          countDown();
          setInterval(countDown, 1000);
          const label = document.getElementById("zone");
          if (label && zone) label.textContent = ` in the data, in ${zone} on this page`;
          document.addEventListener("visibilitychange", follow);
          window.addEventListener("pagehide", () => source?.close());
          follow();
        })();

        """
}
