/** The bounds of the protocol in one place, the unit last in each name; relations between them are checked at load. */

export const limits = {
  /** Body of a frame that a client sends (JSON), kind byte excluded. */
  clientBodyBytesMax: 65_536,
  /** Body of a frame that the server sends (JSON): the list of a full room is the longest. */
  serverBodyBytesMax: 1_048_576,
  /** One Opus packet (RFC 6716: 1,275 bytes a frame at most). */
  packetBytesMax: 1_275,
  /** Body of a voice frame: header and one Opus packet. */
  voiceBytesMax: 16 + 1_275,
  /** A connection that has not said hello within this time is closed. */
  helloTimeoutMs: 10_000,
  /** Pending connections, which have not said hello: all of a room of the usual size may come at once. */
  pendingConnectionsMax: 500,
  /** How long a closing connection may take to receive its goodbye; then it is closed by force. */
  closeTimeoutMs: 1_000,
  /** How much a closing connection may still send; then it is closed by force. */
  discardedBytesMax: 1_048_576,

  nameCharsMax: 24,
  roomCharsMax: 40,
  /** The room's name in UTF-8 must fit the mDNS record that announces the room. */
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
  /** How many guests a list of all members marks as such; each guest is also marked when it joins. */
  guestsListedMax: 500,

  /** Text and control waiting for a peer that does not keep up; past it the connection is closed. */
  outboxBytesMax: 2_097_152,
  /** Frames are joined into one write up to this size; a single longer frame is written alone. */
  writeBytesMax: 65_536,
  /** In an audience larger than this, joins and leaves wait for up to this time, to be sent in one write. */
  presenceAtOnceMax: 200,
  presenceWaitMs: 250,
  /** Voice waiting longer than this is dropped: late voice is useless. */
  voiceWaitMsMax: 300,
  /** The shortest time between two pings that follow voice on one connection. */
  voicePingEveryMs: 250,

  /** One transmission, in seconds. */
  transmissionSecondsDefault: 5,
  transmissionSecondsMax: 300,
  /** A transmission whose length is set beforehand. */
  recordingSecondsMax: 60,
  /** The longest time from the grant of the floor to the first voice frame; then the floor is lost. */
  firstVoiceWithinMs: 5_000,
  /** How much later than its length a transmission may end, for a network that stalled. */
  transmissionGraceMs: 2_000,
  voiceFramesPerSecond: 50,
  /** How far the frames of a speaker may be ahead of real time: a network that stalled delivers many at once. */
  voiceBurstMsMax: 2_000,
  /** The least that a transmission counts towards the pace of speech, however short it is. */
  transmissionPaceMs: 100,
  /** The longest time from the last frame of a transmission to its `releaseFloor`. */
  floorReleaseWithinMs: 500,
  /** The longest time that may be reported for one part of the delay from mouth to ear. */
  partMsMax: 10_000,
  /** Speakers at once, unless the server is told otherwise, and at most. */
  speakersDefault: 1,
  speakersMax: 8,
  /** Streams that a client plays at once; it ignores more. */
  streamsHeardMax: 8,

  /** How long and how many megabytes of clips are kept, unless the server is told otherwise. */
  clipDaysDefault: 7,
  clipMegabytesDefault: 100,
  /** The size of one clip; a larger one is not kept. 300 seconds at 110 kbit/s fit. */
  clipBytesMax: 4_194_304,
  /** Packets of a clip in one message. */
  clipPacketsMax: 500,
  clipsListedMax: 100,
  /** How many private clips one member can hear again: the newest. */
  privateClipsMax: 100,

  /** How long and how many megabytes of lines are kept, unless the server is told otherwise. */
  historyDaysDefault: 30,
  historyMegabytesDefault: 1_000,
  /** Lines kept in memory only, for clients that reconnect. */
  resumeMegabytes: 8,
  /** Lines in one page, and their size. */
  historyPageMax: 200,
  historyPageBytesMax: 524_288,
  /** Earlier lines that a client shows after the welcome. */
  earlierLines: 20,
  /** Lines that wait for one person who is away. */
  waitingLinesMax: 100,
  /** Names that the server remembers with the key that had them. */
  namesKnownMax: 10_000,
  /** Lines of a client that are not confirmed. */
  pendingLinesMax: 1_000,

  /** A message of OPAQUE in base64url; the longest has 427 characters. */
  opaqueCharsMax: 512,
  /** The length of the channel binding. */
  channelBindingBytes: 32,
  passphraseCharsMax: 200,
  /** Login attempts of one address: the burst, and the time after which one more is allowed. */
  loginAttemptsMax: 8,
  loginAttemptEveryMs: 30_000,
  /** The factor by which an IPv6 /64 network has more attempts, at a higher rate: a whole LAN may be one. */
  loginNetworkTimes: 64,
  /** Each wrong attempt doubles the delay of the next answer, from the first value up to the second. */
  loginDelayMs: 250,
  loginDelayMsMax: 4_000,

  /** A name that its owner has not used for this long is free again, unless the server is told otherwise. */
  nameDaysDefault: 90,
  /** Names that belong to one key. With one more, the name that was unused for the longest time becomes free. */
  namesPerPersonMax: 5,
  bansMax: 1_000,
  silenceMinutesDefault: 10,
  silenceMinutesMax: 10_080,
  /** How long a floor that an operator gave is reserved for its receiver. */
  floorGivenMs: 30_000,

  /** Body of a frame before the hello was accepted. */
  pendingBodyBytesMax: 4_096,
  /** Pending connections of one address. With one more, the one that waited longest is closed. */
  pendingPerAddressMax: 100,
  /** TLS handshakes of one address; addresses of the server's own machine have no such limit. */
  handshakesPerSecond: 50,
  handshakesBurst: 300,
  /** The factor for an IPv6 /64 network; small, because one machine can have all addresses of such a network. */
  handshakesNetworkTimes: 8,

  /** What one session may send, on average and at once. Operators are exempt. */
  linesPerSecond: 20,
  linesBurst: 100,
  lineBytesPerSecond: 65_536,
  lineBytesBurst: 262_144,
  /** The messages of the rate class `question`: who, whois, history, search, clips, fetch. */
  requestsPerSecond: 20,
  requestsBurst: 100,
  renamesPerMinute: 5,
  /** Different receivers of whispers. */
  whisperedPerMinute: 30,
  voiceSecondsPerMinute: 45,
  voiceSecondsBurst: 600,
  /** The shortest time that a refusal lasts: all messages under way are refused as well, and keep their order. */
  refusedForMs: 1_000,
  /** Messages of any kind except voice, and separately pings and pongs; past it the connection is closed. */
  messagesPerSecond: 500,
  messagesBurst: 2_000,

  /** The grace period: a session without a connection keeps its name, and the others are not told. */
  gracePeriodMs: 30_000,
  /** The members of a server that was stopped, and starts again within this time, keep their sessions. */
  restoredWithinMs: 600_000,
  /** Silence of the peer after which a client pings it, and after which the connection is lost. */
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
// A page of history is full once its lines pass their size: one more line, and the fields around the lines, must fit.
assertRelation(
  limits.historyPageBytesMax + limits.textCharsMax * 12 + 4_096 <= limits.serverBodyBytesMax,
  "a page of history fits a frame",
);
assertRelation(limits.pingAfterMs * 2 < limits.lostAfterMs, "a ping has time to be answered");
assertRelation(limits.earlierLines <= limits.historyPageMax, "the earlier lines are one page");
assertRelation(
  limits.transmissionSecondsDefault <= limits.recordingSecondsMax,
  "the default transmission is an allowed one",
);
assertRelation(
  limits.recordingSecondsMax <= limits.transmissionSecondsMax,
  "the longest recording is an allowed transmission",
);
assertRelation(
  limits.transmissionPaceMs <= limits.voiceBurstMsMax,
  "a first transmission is within its rate",
);
assertRelation(limits.speakersMax <= limits.streamsHeardMax, "all speakers at once are heard");
assertRelation(limits.clientsDefault <= limits.clientsMax, "the default room size is an allowed one");
assertRelation(limits.loginDelayMsMax * 2 < limits.helloTimeoutMs, "a late answer leaves time for the hello");
// An attempt counts until it turns out to be right: all may reconnect at once after a restart of the server.
assertRelation(
  limits.loginNetworkTimes * limits.loginAttemptsMax >= limits.clientsDefault,
  "the usual room can log in from one IPv6 network at once",
);
assertRelation(
  limits.handshakesNetworkTimes * limits.handshakesBurst >= 2 * limits.clientsDefault,
  "one IPv6 network can connect as often as the usual room does",
);
assertRelation(
  limits.pendingPerAddressMax < limits.pendingConnectionsMax,
  "one address cannot take all pending connections",
);
assertRelation(
  limits.pendingBodyBytesMax > limits.nameCharsMax * 12 + limits.opaqueCharsMax + 1_024,
  "every message before the welcome fits a frame of a pending connection",
);
