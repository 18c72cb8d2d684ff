/** Words that can be said aloud and written down without mistakes: the English list of BIP 39. Loaded only where it is needed. */
import { wordlist } from "@scure/bip39/wordlists/english.js";

/** 2,048 words, so that each carries eleven bits. */
export const words: readonly string[] = wordlist;
