// The wao server, its five units on loopback: node wao_server.mjs DATABASE [PORT x 5]
//
// Its own command listens at every address of the computer, at five ports in a row. Prints the ports as JSON.
import { once } from "node:events"
import net from "node:net"
import { optAO } from "wao/utils"
import Server from "./node_modules/wao/esm/server.js"

const UNITS = ["gateway", "bundler", "messenger", "scheduler", "compute"]
const [db, ...ports] = process.argv.slice(2)
const [ar = 0, bd = 0, mu = 0, su = 0, cu = 0] = ports.map(Number)

const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (port, ...more) {
  return listen.call(this, { port, host: "127.0.0.1" }, ...more)
}

// The addresses that it tells are wrong whatever port it is given; these are the ones of its command.
const { servers } = new Server({ ar, bd, mu, su, cu, db, log: true, aoconnect: optAO(5000) })
await Promise.all(servers.map(server => server.listening || once(server, "listening")))
const found = servers.map((server, index) => [UNITS[index], server.address().port])
console.log(`listening ${JSON.stringify(Object.fromEntries(found))}`)
