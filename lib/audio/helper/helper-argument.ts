/** The hidden argument that makes the program an audio helper. Alone here, so that asking for it loads nothing. */
export const audioHelperArgument = "--audio-helper";
