// What a dapp does in a browser: spawns a process, talks to it, and shows what comes back.
//
// The node is named in the query: ?node=URL. Every answer becomes a <dt> and a <dd>; #state ends as "done" or "failed".
import { connect, createDataItemSigner } from "./aoconnect.js";
import { newWallet } from "./wallet.js";

const node = new URLSearchParams(location.search).get("node");
const answers = document.querySelector("#answers");
const state = document.querySelector("#state");

function show(name, value) {
  const term = document.createElement("dt");
  const description = document.createElement("dd");
  term.textContent = name;
  description.textContent = value;
  answers.append(term, description);
}

async function speak() {
  const { scheduler, authority, module } = await (await fetch(node)).json();
  const ao = connect({ MODE: "legacy", GATEWAY_URL: node, MU_URL: node, CU_URL: node, noLog: true });
  window.arweaveWallet = await newWallet();
  const signer = createDataItemSigner(window.arweaveWallet);
  const address = await window.arweaveWallet.getActiveAddress();
  show("address", address);
  const process = await ao.spawn({ module, scheduler, signer, tags: [{ name: "Authority", value: authority }] });
  show("process", process);
  const tags = [{ name: "Action", value: "Eval" }];
  const evaluate = async (data) => ao.result({ process, message: await ao.message({ process, data, signer, tags }) });
  show("eval", (await evaluate("return 'hello, ' .. Owner")).Output.data);
  show("error", (await evaluate("error('<b>boom</b>')")).Error);
  show("dryrun", (await ao.dryrun({ process, Owner: address, data: "return 6 * 7", tags })).Output.data);
  const { edges } = await ao.results({ process, sort: "DESC", limit: 1 });
  show("results", edges[0].node.Output.data);
  const assignment = await ao.assign({ process, message: process }).catch((error) => error.message);
  show("assign", assignment);
  await ao.monitor({ process, signer });
  await ao.unmonitor({ process, signer });
  // A page of another origin may read errors and headers, too.
  show("refusal", await ao.message({ process: "A".repeat(43), signer }).catch((error) => error.message));
  show("header", (await fetch(`${node}/${process}`)).headers.get("Type"));
}

speak().then(
  () => (state.textContent = "done"),
  (error) => {
    show("failure", error.stack);
    state.textContent = "failed";
  },
);
