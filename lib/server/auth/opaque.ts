/**
 * The server's half of OPAQUE (RFC 9807) for a room with one passphrase. What it keeps of it is made anew at each start;
 * the library is loaded by rooms that have a passphrase only.
 */
import { client, ready, server } from "@serenity-kit/opaque";

export interface OpaqueServer {
  /** Answers the first message. Undefined: it is none. */
  start(request: string): { response: string; state: string } | undefined;
  /** The session key, if the third message shows that its sender knows the passphrase. */
  finish(state: string, finish: string): string | undefined;
}

/** There is one passphrase for all, so there is one user. */
const userIdentifier = "room";

/** Takes about half a second: the passphrase is stretched once. */
export async function createOpaqueServer(passphrase: string): Promise<OpaqueServer> {
  await ready;
  const serverSetup = server.createSetup();
  const { clientRegistrationState, registrationRequest } = client.startRegistration({ password: passphrase });
  const { registrationResponse } = server.createRegistrationResponse({
    serverSetup,
    userIdentifier,
    registrationRequest,
  });
  const { registrationRecord } = client.finishRegistration({
    password: passphrase,
    registrationResponse,
    clientRegistrationState,
  });
  return {
    start(request) {
      try {
        const { serverLoginState, loginResponse } = server.startLogin({
          serverSetup,
          userIdentifier,
          registrationRecord,
          startLoginRequest: request,
        });
        return { response: loginResponse, state: serverLoginState };
      } catch {
        return undefined;
      }
    },
    finish(state, finish) {
      try {
        return server.finishLogin({ serverLoginState: state, finishLoginRequest: finish }).sessionKey;
      } catch {
        return undefined;
      }
    },
  };
}
