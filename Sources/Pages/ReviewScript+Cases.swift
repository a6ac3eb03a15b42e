extension ReviewScript {
    /// A case as elements of the page. Every text is put in as text; what could hide, reorder or
    /// imitate something is spelled out.
    static let cases = #"""
        const $ = id => document.getElementById(id);

        const unsafe = new RegExp([
          "[\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u180e\\u200b-\\u200f\\u2028-\\u202e]",
          "[\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb]", "\\udb40[\\udc00-\\udc7f]",
        ].join("|"), "g");
        const safe = text => String(text).replace(
          unsafe, c => `\\u{${c.codePointAt(0).toString(16)}}`);

        function element(name, content, attributes = {}) {
          const made = document.createElement(name);
          for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
          for (const part of [content].flat()) {
            made.append(part instanceof Node ? part : safe(part ?? ""));
          }
          return made;
        }

        function table(title, heads, rows, kind = "") {
          if (rows.length === 0) return [];
          const head = element("tr", heads.map(text => element("th", text, { scope: "col" })));
          const body = rows.map(row => element("tr", row.map(
            (cell, place) => element("td", [cell], { "data-head": heads[place] }))));
          return [
            element("h3", title),
            element(
              "div",
              element("table", [element("thead", head), element("tbody", body)], { class: kind }),
              { class: "wide" }),
          ];
        }

        const badge = (text, kind) => element("span", text, { class: "badge " + kind });
        const shortened = text => text.length > 100 ? text.slice(0, 100) + "…" : text;

        function facts(pairs) {
          return element("dl", pairs.map(([name, value]) => element("div", [
            element("dt", name), element("dd", [value]),
          ])), { class: "facts" });
        }

        function flat(json, path, column, rows) {
          if (json !== null && typeof json === "object" && !Array.isArray(json)) {
            for (const [name, value] of Object.entries(json)) {
              flat(value, path ? `${path}.${name}` : name, column, rows);
            }
            return rows;
          }
          const text = shortened(typeof json === "string" ? json : JSON.stringify(json));
          let row = rows.find(row => row[0] === path);
          if (!row && rows.length < 200) rows.push(row = [path, "", ""]);
          if (row) row[column] = text;
          return rows;
        }

        // What belongs together side by side: all of the device, all of the deposit.
        function grouped(rows) {
          const head = row => row[0].split(".")[0];
          const order = [...new Set(rows.map(head))];
          return rows.sort((one, other) => order.indexOf(head(one)) - order.indexOf(head(other)));
        }

        function left(due) {
          const minutes = Math.floor((new Date(due) - Date.now()) / 60000);
          if (minutes < 0) return "over";
          if (minutes >= 1440) return `in ${Math.floor(minutes / 1440)} d`;
          return minutes >= 60 ? `in ${Math.floor(minutes / 60)} h` : `in ${minutes} min`;
        }

        // What this page can check by itself of what the auditor tells.
        async function checked(dossier) {
          const checks = [];
          async function check(name, detail, body) {
            try {
              checks.push([name, true, (await body()) ?? detail]);
            } catch (error) {
              checks.push([name, false, error.message]);
            }
          }
          const opened = { checks, application: null, claims: null, decisions: [] };
          const [head, body] = dossier.application.split(".");
          opened.application = await digest(head + "." + body);
          opened.policy = await digest(dossier.policy);
          opened.shown = await digest(dossier.facts);
          opened.facts = JSON.parse(dossier.facts);
          opened.rule = JSON.parse(dossier.policy).review;
          await check("application", "signed by the node for this network", async () => {
            const claims = JSON.parse(new TextDecoder().decode(unbase64(body)));
            opened.claims = claims;
            await verified(dossier.application, jwkOf(claims.node), "application+jwt");
            if (claims.network !== dossier.network) throw new Error("for another network");
          });
          await check("policy", "the digest that decisions name is that of its text", () => {
            if (!opened.rule) throw new Error("the policy asks no reviewers");
          });
          const credit = opened.claims?.qualifications?.credit;
          if (credit && opened.facts.evidence.credit) {
            await check("credit", "", async () => {
              const told = JSON.parse(new TextDecoder().decode(unbase64(credit.split(".")[1])));
              const source = dossier.creditSources.find(source => source.name === told.iss);
              if (!source) throw new Error("by nobody the auditor trusts");
              const { claims } = await verified(credit, source.jwk, "credit+jwt");
              if (claims.sub !== opened.claims.account) throw new Error("about somebody else");
              if (Number(claims.score) !== opened.facts.evidence.credit.score) {
                throw new Error("the facts say another score");
              }
              return `${claims.iss} signed the score ${claims.score}`;
            });
          }
          for (const entry of dossier.decisions) {
            await check("decision", "", async () => {
              const name = JSON.parse(
                new TextDecoder().decode(unbase64(entry.decision.split(".")[0]))).kid;
              const { claims } = await verified(entry.decision, jwkOf(name), "review+jwt");
              if (claims.facts !== opened.shown || claims.application !== opened.application) {
                throw new Error("about something else");
              }
              const person = dossier.reviewers.find(reviewer => reviewer.did === name);
              opened.decisions.push({ ...claims, name: person?.name ?? name });
              return `${person?.name ?? name} signed to ${claims.decision}`;
            });
          }
          return opened;
        }

        function contents(dossier, opened) {
          const { claims, facts: shown, rule } = opened;
          const parts = (rule.steps ?? rule.roles ?? [])
            .map(part => `${part.approvals} in ${part.name ?? part.role}`).join(
              rule.steps ? ", then " : ", ");
          const looking = dossier.claims.map(claim => dossier.reviewers.find(
            reviewer => reviewer.did === claim.reviewer)?.name ?? claim.reviewer);
          return [
            facts([
              ["Application", element("code", opened.application)],
              ["Operator", claims.operator], ["Node", element("code", claims.node)],
              ["Account", element("code", claims.account)], ["Endpoint", claims.endpoint],
              ["Referred", shown.referred],
              ["State", badge(dossier.state, {
                open: "warning", approved: "good", denied: "bad", expired: "bad",
              }[dossier.state] ?? "plain")],
              ["Wanted", `${rule.approvals} of ${rule.of}${parts ? ": " + parts : ""}`],
              ["Looked at by", looking.join(", ") || "nobody"],
              ["Policy", element("code", opened.policy)],
              ["Facts", element("code", opened.shown)],
            ]),
            ...table("Findings of the policy", ["Rule", "Reason", "Message"],
              shown.findings.map(finding => [finding.rule, finding.reason, finding.message])),
            ...table("Qualifications", ["Name", "Stated", "Found by the auditor"],
              grouped(flat(shown.evidence, "", 2, flat(claims.qualifications, "", 1, []))),
              "stated"),
            ...table("Checked in this page", ["What", "In order", "Detail"],
              opened.checks.map(([name, holds, detail]) => [
                name, holds ? badge("yes", "good") : badge("no", "bad"), detail,
              ])),
            ...table("Decisions so far", ["Reviewer", "Decision", "Role", "Reason"],
              opened.decisions.map(decision => [
                decision.name, decision.decision, decision.role ?? "", decision.reason,
              ])),
            ...table("Other applications of the node", ["Application", "Received", "Outcome"],
              dossier.earlier.map(entry => [
                element("code", entry.application), entry.received,
                entry.reason ? `${entry.outcome}: ${entry.reason}` : entry.outcome,
              ])),
          ];
        }

        """#
}
