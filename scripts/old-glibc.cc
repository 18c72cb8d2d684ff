/**
 * Lets the addon run with glibc 2.17, as the program itself does. The static C++ runtime of a newer system refers to a
 * few symbols that glibc has only since 2.32, 2.34 and 2.38. The hidden definitions here take their place. The newer
 * ones that nothing uses (arc4random, getentropy) go with `--gc-sections`; the unwinder, whose newer versions need
 * _dl_find_object, is the libgcc_s.so.1 that every glibc system has.
 */
// Any header says which C library this is.
#include <string>

#ifdef __GLIBC__

#define HIDDEN __attribute__((visibility("hidden")))
#ifdef __x86_64__
#define OLDEST "GLIBC_2.2.5"
#else
#define OLDEST "GLIBC_2.17"
#endif

// Each has a C++ name of its own, because the headers of a newer glibc declare these symbols in their own way.
extern "C" {

/** 2.32. Zero: there may be several threads, so std::shared_ptr always counts with atomic instructions. */
HIDDEN extern char singleThreaded __asm__("__libc_single_threaded");
char singleThreaded = 0;

/** 2.34 moved it from libpthread into libc, under a new version; the old version has stayed. */
int oldOnce(int *control, void (*run)());
__asm__(".symver oldOnce, pthread_once@" OLDEST);
HIDDEN int once(int *control, void (*run)()) __asm__("pthread_once");
int once(int *control, void (*run)()) { return oldOnce(control, run); }

/** 2.38: strtoul that also reads the binary numbers of C23. */
unsigned long oldStrtoul(const char *text, char **end, int base) __asm__("strtoul");
HIDDEN unsigned long newStrtoul(const char *text, char **end, int base) __asm__("__isoc23_strtoul");
unsigned long newStrtoul(const char *text, char **end, int base) { return oldStrtoul(text, end, base); }
}

#endif
