/** The bounds of the protocol in one place, the unit last in its name; what relates two of them is checked on load. */

export const limits = {
  /** Body of a frame that a client sends (JSON), kind byte excluded. */
  clientBodyBytesMax: 65_536,
  /** Body of a frame that the server sends: the list of a full room is the longest there is. */
  serverBodyBytesMax: 1_048_576,
  /** One Opus packet (RFC 6716: 1,275 bytes a frame at most). */
  packetBytesMax: 1_275,
  /** Body of a voice frame: header and one Opus packet. */
  voiceBytesMax: 16 + 1_275,
  /** A connection that has not said hello by then is closed. */
  helloTimeoutMs: 10_000,
  /** Connections that have not said hello: all of a room of the usual size may come at once. */
  pendingConnectionsMax: 500,
  /** How long a closing connection may take to receive its goodbye. */
  closeTimeoutMs: 1_000,
  /** What a closing connection may still send before it is closed by force. */
  discardedBytesMax: 1_048_576,

  nameCharsMax: 24,
  roomCharsMax: 40,
  /** In UTF-8, so that it fits the record that announces the room. */
  roomBytesMax: 110,
  motdCharsMax: 500,
  textCharsMax: 4_000,
  marksInARowMax: 8,
  refCharsMax: 64,
  labelCharsMax: 64,
  messageCharsMax: 1_000,

  /** Members of one room unless the server is told otherwise. */
  clientsDefault: 500,
  clientsMax: 10_000,
  /** Of the guests among them so many are marked where all are listed; each is where they join. */
  guestsListedMax: 500,

  /** Text and control waiting for a reader that does not keep up; past it the connection is closed. */
  outboxBytesMax: 2_097_152,
  /** What is gathered into one write; more only when a single frame is longer. */
  writeBytesMax: 65_536,
  /** Where more than so many are told, those who come and go are told of together, after this time. */
  presenceAtOnceMax: 200,
  presenceWaitMs: 250,
  /** Voice waiting longer than this is dropped: late voice is useless. */
  voiceWaitMsMax: 300,
  /** A ping goes behind the voice for one reader no more often than this. */
  voicePingEveryMs: 250,

  /** One turn at the microphone, in seconds. */
  transmissionSecondsDefault: 5,
  transmissionSecondsMax: 300,
  /** A turn whose length is said beforehand. */
  recordingSecondsMax: 60,
  /** Whoever got the floor must be heard within this time, or loses it. */
  firstVoiceWithinMs: 5_000,
  /** How much later than its length a turn may end, for a network that stalled. */
  transmissionGraceMs: 2_000,
  voiceFramesPerSecond: 50,
  /** How far a speaker's frames may be ahead of their pace, so that what a stalled network held back passes. */
  voiceBurstMsMax: 2_000,
  /** The least that a turn counts at that pace, however short it is. */
  transmissionPaceMs: 100,
  /** From the last frame of a turn to the hush that says how it was recorded. */
  floorReleaseWithinMs: 500,
  /** The longest that a part of the way from mouth to ear may be said to take. */
  partMsMax: 10_000,
  /** How many may talk at once, unless the server is told otherwise, and at most. */
  speakersDefault: 1,
  speakersMax: 8,
  /** What a client plays at once; of more it takes no notice. */
  streamsHeardMax: 8,

  /** How long turns are kept, and how much of them, unless the server is told otherwise. */
  clipDaysDefault: 7,
  clipMegabytesDefault: 100,
  /** Of one turn; a longer one is not kept. 300 seconds at 110 kbit/s fit. */
  clipBytesMax: 4_194_304,
  /** Packets in one message. */
  clipPacketsMax: 500,
  clipsListedMax: 100,
  /** Turns between two people that one of them can still hear: the newest. */
  privateClipsMax: 100,

  /** How long lines are kept, and how much of them, unless the server is told otherwise. */
  historyDaysDefault: 30,
  historyMegabytesDefault: 1_000,
  /** Of lines kept in memory only, so that those who lose the network for a while miss nothing. */
  resumeMegabytes: 8,
  /** Lines in one answer, and their size. */
  historyPageMax: 200,
  historyPageBytesMax: 524_288,
  /** What one reads on coming in. */
  earlierLines: 20,
  /** Lines that wait for one person who is away. */
  waitingLinesMax: 100,
  /** Names that the server remembers with the person who had them. */
  namesKnownMax: 10_000,
  /** What a client keeps that is not confirmed. */
  pendingLinesMax: 1_000,

  /** A message of OPAQUE in base64url; the longest has 427. */
  opaqueCharsMax: 512,
  /** What is to be proven about a connection is bound to so much of its TLS exporter. */
  channelBindingBytes: 32,
  passphraseCharsMax: 200,
  /** Tries of one address at the passphrase: so many are free, then one more each time that passes. */
  loginAttemptsMax: 8,
  loginAttemptEveryMs: 30_000,
  /** An IPv6 network of 64 bits has so many times as many, and gets them back as much faster: all of a LAN may be one. */
  loginNetworkTimes: 64,
  /** Each wrong try makes the next answer wait, twice as long each time, from this to that. */
  loginDelayMs: 250,
  loginDelayMsMax: 4_000,

  /** A name that its owner has not used for so long is free again, unless the server is told otherwise. */
  nameDaysDefault: 90,
  /** Names that belong to one person; of more, the one that was not used for longest is free again. */
  namesPerPersonMax: 5,
  bansMax: 1_000,
  silenceMinutesDefault: 10,
  silenceMinutesMax: 10_080,
  /** Whoever is given the floor may begin within this time, and nobody else. */
  floorGivenMs: 30_000,

  /** Body of a frame before the hello was accepted. */
  pendingBodyBytesMax: 4_096,
  /** Connections of one address that have not said hello; of more, the longest waiting is closed. */
  pendingPerAddressMax: 100,
  /** TLS handshakes of one address. Of addresses of the server's own machine there is no such limit. */
  handshakesPerSecond: 50,
  handshakesBurst: 300,
  /** Of an IPv6 network of 64 bits, likewise; fewer times, because one machine can have all of its addresses. */
  handshakesNetworkTimes: 8,

  /** What one person may send, on average and at once. Operators are exempt. */
  linesPerSecond: 20,
  linesBurst: 100,
  lineBytesPerSecond: 65_536,
  lineBytesBurst: 262_144,
  /** Questions: who, whois, history, search, clips, fetch. */
  requestsPerSecond: 20,
  requestsBurst: 100,
  renamesPerMinute: 5,
  /** Different people that one whispers to. */
  whisperedPerMinute: 30,
  voiceSecondsPerMinute: 45,
  voiceSecondsBurst: 600,
  /** Who is refused is so for this long at least, so that all that was under way is refused alike, and keeps its order. */
  refusedForMs: 1_000,
  /** Messages of any kind but voice; past it the connection is closed. */
  messagesPerSecond: 500,
  messagesBurst: 2_000,

  /** Whoever lost the connection keeps the name and place so long, and nobody sees them leave. */
  gracePeriodMs: 30_000,
  /** After so long without a word from the other side it is asked for one, and after so long it is gone. */
  pingAfterMs: 5_000,
  lostAfterMs: 12_000,

  /** One line of JSON on the client's standard input. */
  commandBytesMax: 65_536,
} as const;

function assertRelation(holds: boolean, relation: string): void {
  if (!holds) throw new Error(`limits.ts contradicts itself: ${relation}`);
}

// A text of the longest kind must fit a frame however it is escaped (six bytes a UTF-16 unit, two units a character).
assertRelation(limits.textCharsMax * 12 + 1_024 <= limits.clientBodyBytesMax, "a longest text fits a frame");
// Names go out as UTF-8, four bytes a character at most, in quotes with a comma; those of guests twice.
assertRelation(
  (limits.clientsMax + limits.guestsListedMax) * (limits.nameCharsMax * 4 + 3) + 4_096 <=
    limits.serverBodyBytesMax,
  "the list of a full room fits a frame",
);
assertRelation(
  limits.serverBodyBytesMax * 1.5 <= limits.outboxBytesMax,
  "an outbox holds the largest frame, and more",
);
// In base64, in quotes with a comma.
assertRelation(
  limits.clipPacketsMax * (4 * Math.ceil(limits.packetBytesMax / 3) + 3) + 4_096 <= limits.serverBodyBytesMax,
  "the longest packets of a clip fit a frame",
);
// A page of history is full once its lines pass their size: one line more, and what stands around them, must fit.
assertRelation(
  limits.historyPageBytesMax + limits.textCharsMax * 12 + 4_096 <= limits.serverBodyBytesMax,
  "a page of history fits a frame",
);
assertRelation(limits.pingAfterMs * 2 < limits.lostAfterMs, "a ping has time to be answered");
assertRelation(limits.earlierLines <= limits.historyPageMax, "what is read on coming in is one page");
assertRelation(
  limits.transmissionSecondsDefault <= limits.recordingSecondsMax,
  "the default turn is an allowed one",
);
assertRelation(
  limits.recordingSecondsMax <= limits.transmissionSecondsMax,
  "the longest recording is an allowed turn",
);
assertRelation(limits.transmissionPaceMs <= limits.voiceBurstMsMax, "a first turn is within its pace");
assertRelation(limits.speakersMax <= limits.streamsHeardMax, "all who may talk at once are heard");
// Systems commonly allow a process 1,024 descriptors, and a few are taken by other things.
assertRelation(
  limits.clientsDefault + limits.pendingConnectionsMax <= 1_000,
  "the usual room and its newcomers fit the descriptors of a process",
);
assertRelation(limits.clientsDefault <= limits.clientsMax, "the default room size is an allowed one");
assertRelation(limits.loginDelayMsMax * 2 < limits.helloTimeoutMs, "a late answer leaves time for the hello");
// A try counts until it turns out to be right: all may come back at once after the server was away.
assertRelation(
  limits.loginNetworkTimes * limits.loginAttemptsMax >= limits.clientsDefault,
  "the usual room can come in from one IPv6 network at once",
);
assertRelation(
  limits.handshakesNetworkTimes * limits.handshakesBurst >= 2 * limits.clientsDefault,
  "one IPv6 network can connect as often as the usual room does",
);
assertRelation(
  limits.pendingPerAddressMax < limits.pendingConnectionsMax,
  "one address cannot take all places",
);
assertRelation(
  limits.pendingBodyBytesMax > limits.nameCharsMax * 12 + limits.opaqueCharsMax + 1_024,
  "every message before the welcome fits a newcomer's frame",
);
