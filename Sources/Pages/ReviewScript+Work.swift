extension ReviewScript {
    /// Logging in, the queue, and decisions. The session's token and the key live in this page's
    /// memory alone.
    static let work = #"""
        document.addEventListener("DOMContentLoaded", () => {
          const { issuer, network } = document.body.dataset;
          let me = null, token = null, current = null, prepared = null;

          function say(text, isBad = false) {
            $("status").textContent = safe(text);
            $("status").classList.toggle("bad", isBad);
          }

          async function ask(method, path, body) {
            const headers = body ? { "content-type": "application/json" } : {};
            if (token) headers.authorization = `Bearer ${token}`;
            const answer = await fetch(path, {
              method, headers, body: body && JSON.stringify(body), cache: "no-store",
            });
            if (answer.status === 204) return null;
            const json = await answer.json();
            if (!answer.ok) throw new Error(json.detail || json.title);
            return json;
          }

          function show(...ids) {
            for (const id of ["login", "queue", "case"]) $(id).hidden = !ids.includes(id);
          }

          // Runs one thing at a time, and tells what went wrong.
          async function run(button, body) {
            button.disabled = true;
            try {
              await body();
            } catch (error) {
              say(error.message, true);
            } finally {
              button.disabled = false;
            }
          }

          async function logIn() {
            const file = $("key").files[0];
            if (!file || file.size > 16384) throw new Error("choose the file of your key");
            say("Opening the key…");
            me = await loaded(await file.text(), $("passphrase").value);
            $("passphrase").value = "";
            const challenge = await ask("POST", "/v1/reviews/challenges", { reviewer: me.did });
            const isOurs = challenge.issuer === issuer && challenge.network === network
              && challenge.reviewer === me.did;
            if (!isOurs) throw new Error("the challenge is for another auditor; it is not signed");
            const login = await signed(JSON.stringify(challenge), "review-login+jwt", me);
            const session = await ask("POST", "/v1/reviews/sessions", { login });
            token = session.token;
            $("key").value = "";
            $("who").textContent = safe(session.reviewer.name);
            $("who").classList.add("on");
            await listed();
          }

          async function listed() {
            const { reviews } = await ask("GET", "/v1/reviews?state=all");
            const rows = reviews.map(entry => {
              const open = element("button", "Open", {
                type: "button", class: "plain", "aria-label": `Open the case of ${entry.operator}`,
              });
              open.addEventListener("click", () => run(open, () => opened(entry.application)));
              const claims = entry.claims.map(claim => claim.name).join(", ");
              return [
                entry.operator, left(entry.due),
                entry.state === "open"
                  ? `${entry.approvals} of ${entry.needed} approvals` : entry.state,
                entry.lack ?? claims, open,
              ];
            });
            $("queue-list").replaceChildren(...(rows.length
              ? table("All cases", ["Operator", "Due", "State", "Looked at by", "Case"], rows)
              : [element("p", "No case waits.")]));
            show("queue");
            say(`${reviews.filter(entry => entry.state === "open").length} open cases.`);
            $("queue-title").focus();
          }

          async function opened(id) {
            const dossier = await ask("GET", `/v1/reviews/${id}`);
            const read = await checked(dossier);
            if (read.application !== id) throw new Error("the auditor told of another application");
            if (!read.claims || !read.rule) throw new Error("the case cannot be read");
            current = { dossier, read };
            $("case-title").textContent = `Case of ${safe(read.claims.operator)}`;
            $("case-content").replaceChildren(...contents(dossier, read));
            const person = dossier.reviewers.find(reviewer => reviewer.did === me.did);
            const parts = (read.rule.steps ?? read.rule.roles ?? []).filter(
              part => !part.role || (person?.roles ?? []).includes(part.role));
            $("role").replaceChildren(
              element("option", "none", { value: "" }),
              ...parts.map(part => element("option", part.name ?? part.role)));
            $("role-row").hidden = parts.length === 0;
            $("decision").hidden = dossier.state !== "open";
            $("decision").reset();
            $("signing").hidden = true;
            show("case");
            const broken = read.checks.filter(([, holds]) => !holds);
            $("decision").elements.kind[0].disabled = broken.length > 0;
            say(broken.length
              ? `Not in order: ${broken.map(([name]) => name).join(", ")}. Do not approve it.`
              : "Everything that this page can check is in order.", broken.length > 0);
            $("case-title").focus();
          }

          const seconds = text => {
            if (typeof text === "number") return text;
            const units = { h: 3600, m: 60, s: 1 };
            return [...text.matchAll(/([0-9.]+)(h|m|s)/g)].reduce(
              (sum, [, count, unit]) => sum + Number(count) * units[unit], 0);
          };

          async function prepare() {
            const { dossier, read } = current;
            const iat = Math.floor(Date.now() / 1000);
            const rule = read.rule;
            const role = $("role").value;
            const payload = {
              network: dossier.network, issuer: dossier.issuer, application: read.application,
              policy: read.policy, facts: read.shown,
              decision: $("decision").elements.kind.value, ...(role ? { role } : {}),
              reason: $("reason").value.trim(), iat,
              exp: iat + seconds(rule.approvalExpiresAfter ?? rule.expiresAfter),
              jti: `urn:uuid:${crypto.randomUUID()}`,
            };
            prepared = JSON.stringify(payload);
            $("payload").textContent = safe(prepared);
            $("payload-digest").textContent = await digest(prepared);
            $("signing").hidden = false;
            say("Read what is signed, then sign it.");
            $("payload").focus();
          }

          async function handIn() {
            const decision = await signed(prepared, "review+jwt", me);
            const id = current.read.application;
            const answer = await ask("POST", `/v1/reviews/${id}/decisions`, { decision });
            prepared = null;
            await opened(id);
            say(answer.outcome
              ? `Handed in. The case is ${answer.state}; the applicant gets a ${answer.outcome}.`
              : `Handed in. The case is ${answer.state}.`);
          }

          const on = (id, event, body) => $(id).addEventListener(event, happened => {
            happened.preventDefault();
            const button = happened.submitter ?? happened.currentTarget;
            run(button, body);
          });
          $("key").addEventListener("change", async () => {
            const text = await $("key").files[0]?.slice(0, 64).text() ?? "";
            $("passphrase-row").hidden = !text.includes("ENCRYPTED");
          });
          on("login-form", "submit", logIn);
          on("reload", "click", listed);
          on("back", "click", listed);
          on("decision", "submit", prepare);
          on("sign", "click", handIn);
          on("claim", "click", async () => {
            await ask("POST", `/v1/reviews/${current.read.application}/claim`, {});
            await opened(current.read.application);
            say("The others see that you look at this case.");
          });
          on("leave", "click", async () => {
            await ask("DELETE", "/v1/reviews/sessions");
            me = token = current = prepared = null;
            $("who").textContent = "Nobody is logged in";
            $("who").classList.remove("on");
            show("login");
            say("Logged out.");
            $("key").focus();
          });
          for (const input of ["reason", "role"]) {
            $(input).addEventListener("input", () => { $("signing").hidden = true; });
          }
          for (const radio of $("decision").elements.kind) {
            radio.addEventListener("change", () => { $("signing").hidden = true; });
          }
        });

        """#
}
