/** The hidden argument that starts the program as an audio helper. In a file of its own, so that client.ts loads nothing else. */
export const audioHelperArgument = "--audio-helper";
