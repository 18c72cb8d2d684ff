// Lets system calls on the files of one folder fail, as a faulty disk does. Linux on x86-64.
//
// A seccomp filter turns each system call on files into the signal SIGSYS, also those that Bun makes without the C
// library. Its handler decides: the call fails, or is made as it is. The filter lets the calls of the handler pass,
// because they come from one known instruction.
//
// A process loads this library by bun:ffi and calls `faults_watch` and `faults_plan`; or it is started with LD_PRELOAD and
// HOLLER_DISK_FAULTS="FOLDER SEED", and the plan holds from its start on. Processes that it starts cannot use files.

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

namespace {

// Makes a system call, and returns a negative errno on failure.
extern "C" long faults_syscall(long number, long a, long b, long c, long d, long e, long f);
extern "C" const char faults_syscall_end[];
asm(R"(
  .text
  .globl faults_syscall, faults_syscall_end
  .hidden faults_syscall, faults_syscall_end
faults_syscall:
  mov %rdi, %rax
  mov %rsi, %rdi
  mov %rdx, %rsi
  mov %rcx, %rdx
  mov %r8, %r10
  mov %r9, %r8
  mov 8(%rsp), %r9
  syscall
faults_syscall_end:
  ret
)");

// What a call does, which decides how it can fail.
enum Class { opening, reading, writing, syncing, sizing, naming, looking, locking, mapping, closing, handling };
constexpr int classes = closing;

// How a call says which file it means: a path in argument `at`, or else a descriptor.
struct Call {
  int number;
  Class what;
  bool hasPath;
  int at;
  const char *name;
};

constexpr Call calls[] = {
    {SYS_open, opening, true, 0, "open"},
    {SYS_openat, opening, true, 1, "openat"},
    {SYS_read, reading, false, 0, "read"},
    {SYS_pread64, reading, false, 0, "pread64"},
    {SYS_readv, reading, false, 0, "readv"},
    {SYS_preadv, reading, false, 0, "preadv"},
    {SYS_preadv2, reading, false, 0, "preadv2"},
    {SYS_getdents64, reading, false, 0, "getdents64"},
    {SYS_write, writing, false, 0, "write"},
    {SYS_pwrite64, writing, false, 0, "pwrite64"},
    {SYS_writev, writing, false, 0, "writev"},
    {SYS_pwritev, writing, false, 0, "pwritev"},
    {SYS_pwritev2, writing, false, 0, "pwritev2"},
    {SYS_fsync, syncing, false, 0, "fsync"},
    {SYS_fdatasync, syncing, false, 0, "fdatasync"},
    {SYS_ftruncate, sizing, false, 0, "ftruncate"},
    {SYS_fallocate, sizing, false, 0, "fallocate"},
    {SYS_unlink, naming, true, 0, "unlink"},
    {SYS_unlinkat, naming, true, 1, "unlinkat"},
    {SYS_rename, naming, true, 0, "rename"},
    {SYS_renameat, naming, true, 1, "renameat"},
    {SYS_renameat2, naming, true, 1, "renameat2"},
    {SYS_link, naming, true, 0, "link"},
    {SYS_linkat, naming, true, 1, "linkat"},
    {SYS_mkdir, naming, true, 0, "mkdir"},
    {SYS_mkdirat, naming, true, 1, "mkdirat"},
    {SYS_chmod, naming, true, 0, "chmod"},
    {SYS_fchmodat, naming, true, 1, "fchmodat"},
    {SYS_fchmod, naming, false, 0, "fchmod"},
    {SYS_stat, looking, true, 0, "stat"},
    {SYS_lstat, looking, true, 0, "lstat"},
    {SYS_fstat, looking, false, 0, "fstat"},
    {SYS_newfstatat, looking, true, 1, "newfstatat"},
    {SYS_statx, looking, true, 1, "statx"},
    {SYS_access, looking, true, 0, "access"},
    {SYS_faccessat, looking, true, 1, "faccessat"},
    {SYS_fcntl, locking, false, 0, "fcntl"},
    {SYS_mmap, mapping, false, 4, "mmap"},
    {SYS_close, closing, false, 0, "close"},
    {SYS_rt_sigaction, handling, false, 0, "rt_sigaction"},
};

// How calls fail, by the seed. A short write is one that takes half of the bytes.
constexpr int shortWrite = -1;
constexpr int noFault = 0;

struct Plan {
  uint64_t random = 1;
  // The first call that may fail, how many follow it, and how many of 65,536 of these fail.
  uint64_t from = 0, length = 0, share = 0;
  // The one error of a full or dead disk; 0: any that fits the call.
  int error = 0;
};

char folder[4096];
size_t folderLength = 0;
std::atomic<bool> isOn{false};
std::atomic<uint64_t> seen{0};
std::atomic<uint32_t> injected{0};
Plan plan;
std::atomic_flag deciding = ATOMIC_FLAG_INIT;
constexpr int descriptors = 4096;
std::atomic<bool> watched[descriptors];
char journal[8192];
size_t journalLength = 0;

uint64_t next(uint64_t end) {
  plan.random ^= plan.random << 13;
  plan.random ^= plan.random >> 7;
  plan.random ^= plan.random << 17;
  return plan.random % end;
}

bool isInFolder(const char *path) {
  if (path == nullptr || folderLength == 0 || strncmp(path, folder, folderLength) != 0) return false;
  return path[folderLength] == '/' || path[folderLength] == '\0';
}

// The errors that this kind of call can have. A lock that cannot be had says EACCES, which is no fault.
int anyError(Class what, bool creates) {
  switch (what) {
  case opening: {
    const int errors[] = {EIO, EACCES, EMFILE, ENOSPC};
    return errors[next(creates ? 4 : 3)];
  }
  case writing: {
    const int errors[] = {EIO, ENOSPC, shortWrite};
    return errors[next(3)];
  }
  // The system keeps what it has read, so that reading fails more rarely.
  case reading: return next(8) ? noFault : EIO;
  case sizing: return next(2) ? EIO : ENOSPC;
  case naming: {
    const int errors[] = {EIO, EACCES, ENOSPC};
    return errors[next(3)];
  }
  case looking: return next(2) ? EIO : EACCES;
  case mapping: return ENOMEM;
  default: return EIO;
  }
}

// Whether a call of this kind fails with the error of the plan: a full disk is read, and a dead one is not.
bool canFailWith(int error, Class what, bool creates) {
  switch (error) {
  case ENOSPC: return what == writing || what == sizing || (what == opening && creates) || what == naming;
  case EACCES: return what == opening || what == naming || what == looking;
  case EMFILE: return what == opening;
  // The system keeps locks in memory.
  default: return what != locking;
  }
}

void note(const Call &call, int error) {
  size_t left = sizeof journal - journalLength;
  if (left < 64) return;
  int written = snprintf(journal + journalLength, left, "%llu %s %s\n", (unsigned long long)seen.load(), call.name,
                         error == shortWrite ? "short" : strerrorname_np(error));
  if (written > 0) journalLength += written;
}

// The fault of the next call on a watched file.
int decide(const Call &call, bool creates) {
  while (deciding.test_and_set(std::memory_order_acquire)) {}
  int error = noFault;
  uint64_t place = seen.fetch_add(1);
  bool isDue = place >= plan.from && place - plan.from < plan.length;
  if (isDue && next(65536) < plan.share) {
    if (plan.error == 0) error = anyError(call.what, creates);
    else if (canFailWith(plan.error, call.what, creates)) error = plan.error == EIO && call.what == mapping ? ENOMEM : plan.error;
  }
  if (error != noFault) {
    injected.fetch_add(1);
    note(call, error);
  }
  deciding.clear(std::memory_order_release);
  return error;
}

bool isWatched(const Call &call, const long *a) {
  if (call.what == handling) return false;
  if (call.hasPath) return isInFolder((const char *)a[call.at]);
  long fd = (int)a[call.at];
  if (fd < 0 || fd >= descriptors || !watched[fd]) return false;
  // Giving a lock back never fails.
  return call.what != locking || (a[1] == F_SETLK && ((const struct flock *)a[2])->l_type != F_UNLCK);
}

const Call *callOf(int number) {
  for (const Call &call : calls)
    if (call.number == number) return &call;
  return nullptr;
}

void handle(int, siginfo_t *info, void *context) {
  greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  long a[] = {registers[REG_RDI], registers[REG_RSI], registers[REG_RDX],
              registers[REG_R10], registers[REG_R8],  registers[REG_R9]};
  int saved = errno;
  int number = info->si_syscall;
  const Call *call = callOf(number);
  // Bun has a handler of its own for this signal, and sets it at its start.
  if (number == SYS_rt_sigaction && a[0] == SIGSYS) {
    registers[REG_RAX] = 0;
    return;
  }
  bool isOurs = call != nullptr && isWatched(*call, a);
  bool isOpening = call != nullptr && call->what == opening;
  if (isOurs && call->what == closing) watched[a[0]] = false;
  bool creates = isOpening && (a[call->at + 1] & O_CREAT) != 0;
  int error = isOurs && isOn && call->what < classes ? decide(*call, creates) : noFault;
  if (error == shortWrite) {
    // Writes of vectors stay whole: their length is a count of parts.
    if ((number == SYS_write || number == SYS_pwrite64) && a[2] > 1) a[2] /= 2;
    error = noFault;
  }
  long result = error == noFault ? faults_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]) : -error;
  if (isOurs && isOpening && result >= 0 && result < descriptors) watched[result] = true;
  registers[REG_RAX] = result;
  errno = saved;
}

// Traps the calls of the table, but for those of the handler and for memory without a file.
bool install() {
  struct sigaction action {};
  action.sa_sigaction = handle;
  action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK | SA_RESTART;
  if (sigaction(SIGSYS, &action, nullptr) != 0) return false;

  constexpr size_t count = sizeof calls / sizeof *calls;
  const uint64_t end = (uint64_t)faults_syscall_end;
  sock_filter filter[16 + count];
  size_t at = 0;
  auto add = [&](sock_filter one) { filter[at++] = one; };
  const auto load = [&](size_t offset) { add(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset)); };
  const auto allow = [&] { add(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)); };
  load(offsetof(seccomp_data, arch));
  add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0));
  allow();
  load(offsetof(seccomp_data, instruction_pointer));
  add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)end, 0, 3));
  load(offsetof(seccomp_data, instruction_pointer) + 4);
  add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(end >> 32), 0, 1));
  allow();
  load(offsetof(seccomp_data, nr));
  add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 3));
  load(offsetof(seccomp_data, args[4]));
  add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)-1, (uint8_t)(count + 1), 0));
  load(offsetof(seccomp_data, nr));
  for (size_t i = 0; i < count; i++)
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)calls[i].number, (uint8_t)(count - i), 0));
  allow();
  add(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP));
  sock_fprog program = {(unsigned short)at, filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0;
}

} // namespace

// Watches this folder and all that is in it, from now on. False: this machine does not permit it.
extern "C" bool faults_watch(const char *path) {
  static bool isInstalled = false;
  isOn = false;
  folderLength = strlen(path);
  if (folderLength >= sizeof folder) return false;
  memcpy(folder, path, folderLength + 1);
  for (auto &one : watched) one = false;
  return isInstalled || (isInstalled = install());
}

// Lets calls fail from now on, as the seed says: one call, some of many, or all that a full, dead, closed or used-up disk
// fails. `callsMax`: within so many calls.
extern "C" void faults_plan(uint32_t seed, uint32_t callsMax) {
  isOn = false;
  plan = Plan{};
  plan.random = (uint64_t)seed * 0x9e3779b97f4a7c15 + 0x2545f4914f6cdd1d;
  seen = 0;
  journalLength = 0;
  journal[0] = '\0';
  for (int i = 0; i < 8; i++) next(2);
  plan.from = next(callsMax);
  switch (next(4)) {
  case 0:
    plan.length = 1;
    plan.share = 65536;
    break;
  case 1:
    plan.length = callsMax;
    plan.share = 65536 >> (1 + next(6));
    break;
  default: {
    const int errors[] = {EIO, ENOSPC, EACCES, EMFILE};
    plan.length = 1 + next(callsMax);
    plan.share = 65536;
    plan.error = errors[next(4)];
  }
  }
  isOn = true;
}

// No call fails any more. Returns how many have failed since the plan.
extern "C" uint32_t faults_off() {
  isOn = false;
  return injected.exchange(0);
}

// Each failed call since the plan in a line: its number, its name, the error.
extern "C" const char *faults_journal() {
  journal[journalLength] = '\0';
  return journal;
}

// With HOLLER_DISK_FAULTS="FOLDER SEED" in the environment.
__attribute__((constructor)) static void start() {
  const char *given = getenv("HOLLER_DISK_FAULTS");
  const char *blank = given == nullptr ? nullptr : strrchr(given, ' ');
  if (blank == nullptr) return;
  char path[sizeof folder];
  size_t length = blank - given;
  if (length >= sizeof path) return;
  memcpy(path, given, length);
  path[length] = '\0';
  if (faults_watch(path)) faults_plan((uint32_t)strtoul(blank + 1, nullptr, 10), 400);
}
