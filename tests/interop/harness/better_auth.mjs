// Their side: a real Better Auth server on node's own http server.
import { createServer } from "node:http";

import { betterAuth } from "better-auth";
import { toNodeHandler } from "better-auth/node";
import { bearer, jwt } from "better-auth/plugins";

/** What a Better Auth server is told that shares DATABASE with us. */
export function options(database, secret, baseURL, origin, changes = {}) {
  return {
    secret,
    baseURL,
    database: database.pool,
    trustedOrigins: [origin],
    emailAndPassword: { enabled: true },
    user: { deleteUser: { enabled: true } },
    rateLimit: { enabled: false },
    plugins: [jwt(), bearer()],
    telemetry: { enabled: false },
    logger: { disabled: true },
    ...changes,
  };
}

/** .url is where it listens, .auth the server's own functions. */
export class BetterAuth {
  static async start(itsOptions) {
    const side = new BetterAuth();
    side.auth = betterAuth(itsOptions);
    side.server = createServer(toNodeHandler(side.auth));
    await new Promise((resolve) => side.server.listen(0, "127.0.0.1", resolve));
    side.url = `http://127.0.0.1:${side.server.address().port}`;
    return side;
  }

  stop() {
    return new Promise((resolve) => this.server.close(resolve));
  }
}
