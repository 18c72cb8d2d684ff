/**
 * The server's side of OPAQUE (RFC 9807) for a room with one passphrase. The registration record is made anew at each
 * start. Only rooms with a passphrase load the library.
 */
import { client, ready, server } from "@serenity-kit/opaque";

export interface OpaqueServer {
  /** Answers the first message of a login; undefined when the request is malformed. */
  start(request: string): { response: string; state: string } | undefined;
  /** The session key, if the third message proves that the client knows the passphrase; otherwise undefined. */
  finish(state: string, finish: string): string | undefined;
}

/** All clients share one passphrase, so OPAQUE has one user. */
const userIdentifier = "room";

/** Takes about half a second, because the passphrase is stretched once. */
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
