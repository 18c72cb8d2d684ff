// Loads a chat server with many connections from one core, and says what came back and what it cost.
//
//     load PORT tls|plain frames|stamps GREETINGS MESSAGE BYE
//
// Commands come on standard input, each is answered by one line of JSON:
//     open RECEIVERS SENDERS SLOW   everybody comes in; slow ones read nothing after that
//     saturate WINDOW SECONDS PID   so many messages are outstanding, always
//     rate PER_SECOND SECONDS PID   so many messages a second, at even distances
//     shake AT_ONCE SECONDS PID     connections that come in and leave at once, one after the other
//
// GREETINGS holds each connection's steps (u32 count, then u32 length and bytes of what is sent and of what is waited
// for), MESSAGE what senders send: "~~" and 16 digits in it become the time, 16 times '#' a number of its own.
#include "load-peer.h"
#include <dirent.h>
#include <sys/resource.h>

static std::vector<std::vector<Step>> greetings;
static std::vector<Peer> peers;
static std::vector<Peer *> senders;
static string message, bye;
static size_t stamp_at, number_at;
static uint64_t sent = 0, receivers = 0;

static const int ahead_max = 64;  // of those that come in at the same time
static const size_t delay_us_max = 10 * 1000 * 1000;
static const int64_t lost_after_us = 300 * 1000;

static string read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) fail(path);
  string all;
  char part[65536];
  for (size_t got; (got = fread(part, 1, sizeof part, file)) > 0;) all.append(part, got);
  fclose(file);
  return all;
}

static void read_greetings(const char *path) {
  string all = read_file(path);
  size_t at = 0;
  auto number = [&] { uint32_t value; memcpy(&value, all.data() + at, 4); at += 4; return ntohl(value); };
  auto text = [&] { uint32_t length = number(); at += length; return all.substr(at - length, length); };
  while (at < all.size()) {
    std::vector<Step> steps(number());
    for (Step &step : steps) { step.send = text(); step.expect = text(); }
    greetings.push_back(steps);
  }
}

// Processor time of every thread, in seconds.
static double cpu_of(int pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR *folder = opendir(path);
  if (!folder) return 0;
  double seconds = 0;
  while (dirent *entry = readdir(folder)) {
    char file[400];
    snprintf(file, sizeof file, "%s/%s/schedstat", path, entry->d_name);
    FILE *stat = entry->d_name[0] == '.' ? nullptr : fopen(file, "r");
    unsigned long long ns = 0;
    if (stat && fscanf(stat, "%llu", &ns) == 1) seconds += ns / 1e9;
    if (stat) fclose(stat);
  }
  closedir(folder);
  return seconds;
}

static double own_cpu() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

// One round of the event loop; waits for at most so long.
static void turn(int64_t wait_us) {
  epoll_event events[512];
  timespec wait{wait_us / 1000000, wait_us % 1000000 * 1000};
  int count = epoll_pwait2(epoll_fd, events, 512, &wait, nullptr);
  for (int index = 0; index < count; index++)
    if (events[index].data.ptr) handle(*(Peer *)events[index].data.ptr, events[index].events);
}

static void open_all(int receiver_count, int sender_count, int slow_count) {
  size_t total = receiver_count + sender_count + slow_count;
  if (total > greetings.size()) fail("not enough greetings");
  peers.resize(total);
  receivers = receiver_count;
  size_t begun = 0, in = 0;
  int64_t begin = now_us();
  while (in < total) {
    // Senders come first, so that what a greeting begins is not heard by half of the room.
    for (; begun < total && begun < in + ahead_max; begun++) {
      bool is_slow = begun >= total - slow_count;
      open_peer(peers[begun], &greetings[begun], is_slow ? 4096 : 0);
      if (begun < (size_t)sender_count) senders.push_back(&peers[begun]);
      else peers[begun].counts = !is_slow;
    }
    turn(10000);
    while (in < begun && peers[in].state == IN) in++;
    if (in < begun && peers[in].state == GONE) { errno = ECONNRESET; fail("not let in"); }
    if (now_us() - begin > 120 * 1000000LL) { errno = ETIMEDOUT; fail("coming in"); }
  }
  for (size_t index = total - slow_count; index < total; index++) {
    peers[index].reads = false;
    poll_for(peers[index], EPOLL_CTL_MOD);
  }
  printf("{\"in\":%zu,\"seconds\":%.3f}\n", in, (now_us() - begin) / 1e6);
}

static void send_from(Peer &peer, int count, int64_t stamp_us) {
  string batch;
  for (int index = 0; index < count; index++) {
    char digits[32];
    size_t at = batch.size();
    batch += message;
    snprintf(digits, sizeof digits, "%016lld", (long long)stamp_us);
    memcpy(&batch[at + stamp_at], digits, stamp_digits);
    if (number_at == string::npos) continue;
    snprintf(digits, sizeof digits, "%016llu", (unsigned long long)sent + index);
    memcpy(&batch[at + number_at], digits, stamp_digits);
  }
  sent += count;
  say(peer, batch);
}

struct Mark {
  int64_t us;
  double cpu, own;
  uint64_t deliveries;
};

static Mark mark(int pid) { return {now_us(), cpu_of(pid), own_cpu(), deliveries}; }

static uint64_t delay_at(double share) {
  uint64_t all = 0, seen = 0;
  for (uint32_t count : delays) all += count;
  for (size_t us = 0; us < delays.size(); us++)
    if ((seen += delays[us]) >= share * all && all > 0) return us;
  return 0;
}

static void report(const Mark &from, int pid, uint64_t lost) {
  Mark to = mark(pid);
  double seconds = (to.us - from.us) / 1e6;
  size_t gone = 0;
  for (Peer &peer : peers) gone += peer.state == GONE;
  printf("{\"count\":%llu,\"seconds\":%.3f,\"cpu\":%.4f,\"busy\":%.3f,\"p50\":%llu,\"p99\":%llu,\"lost\":%llu,\"gone\":%zu}\n",
         (unsigned long long)(to.deliveries - from.deliveries), seconds, to.cpu - from.cpu, (to.own - from.own) / seconds,
         (unsigned long long)delay_at(0.5), (unsigned long long)delay_at(0.99), (unsigned long long)lost, gone);
}

// A part of the time goes by before what counts.
static int64_t warm_us(double seconds) { return (int64_t)(seconds * 1e6 / 2); }

static void saturate(uint64_t window, double seconds, int pid) {
  int64_t begin = now_us(), last_us = begin;
  uint64_t lost = 0, last = deliveries, before = deliveries;
  uint64_t sent_before = sent;
  size_t next = 0;
  Mark from{};
  for (int64_t now = begin; now < begin + warm_us(seconds) * 3; now = now_us()) {
    if (from.us == 0 && now >= begin + warm_us(seconds)) from = mark(pid);
    if (deliveries != last) { last = deliveries; last_us = now; }
    uint64_t outstanding = sent - sent_before - lost - (deliveries - before) / receivers;
    if (now - last_us > lost_after_us && outstanding > 0) { lost += outstanding; last_us = now; continue; }
    if (outstanding < window) {
      // Each gets its part of what may be sent, in turn.
      size_t free = window - outstanding, each = free / senders.size(), more = free % senders.size();
      for (size_t index = 0; index < senders.size(); index++, next++) {
        size_t count = each + (index < more ? 1 : 0);
        if (count > 0) send_from(*senders[next % senders.size()], count, now);
      }
      next = (next + more) % senders.size();
    }
    turn(50000);
  }
  report(from, pid, lost);
}

static void keep_rate(double per_second, double seconds, int pid) {
  int64_t begin = now_us(), end = begin + warm_us(seconds) * 3;
  Mark from{};
  wants_delays = true;
  size_t next = 0;
  double due_us = begin;
  for (int64_t now = begin; now < end; now = now_us()) {
    if (from.us == 0 && now >= begin + warm_us(seconds)) {
      from = mark(pid);
      delays.assign(delay_us_max, 0);
    }
    // Delays count from when a message was due, so that a generator that is late hides nothing.
    for (; due_us <= now; due_us += 1e6 / per_second) send_from(*senders[next++ % senders.size()], 1, (int64_t)due_us);
    int64_t wait = (int64_t)due_us - now_us();
    turn(wait < 0 ? 0 : wait < end - now ? wait : end - now);
  }
  report(from, pid, 0);
  wants_delays = false;
}

static void shake_hands(int at_once, double seconds, int pid) {
  static size_t next = 0;
  std::vector<Peer> slots(at_once);
  int64_t begin = now_us();
  Mark from{};
  // Without a goodbye it leaves by a reset, so that no port waits.
  linger at_once_gone{1, 0};
  for (int64_t now = begin; now < begin + warm_us(seconds) * 3; now = now_us()) {
    if (from.us == 0 && now >= begin + warm_us(seconds)) from = mark(pid);
    for (Peer &slot : slots) {
      if (slot.state == IN && !slot.counts) {
        deliveries++;
        slot.counts = true;
        if (bye.empty()) {
          setsockopt(slot.fd, SOL_SOCKET, SO_LINGER, &at_once_gone, sizeof at_once_gone);
          drop(slot);
        } else say(slot, bye);
      }
      if (slot.state == GONE) open_peer(slot, &greetings[next++ % greetings.size()], 0);
    }
    turn(10000);
  }
  report(from, pid, 0);
  for (Peer &slot : slots) drop(slot);
}

static void run(const char *line) {
  double a = 0, b = 0;
  int c = 0;
  if (sscanf(line, "open %lf %lf %d", &a, &b, &c) == 3) open_all((int)a, (int)b, c);
  else if (sscanf(line, "saturate %lf %lf %d", &a, &b, &c) == 3) saturate((uint64_t)a, b, c);
  else if (sscanf(line, "rate %lf %lf %d", &a, &b, &c) == 3) keep_rate(a, b, c);
  else if (sscanf(line, "shake %lf %lf %d", &a, &b, &c) == 3) shake_hands((int)a, b, c);
  else { errno = EINVAL; fail(line); }
  fflush(stdout);
}

int main(int, char **arguments) {
  server_address.sin_family = AF_INET;
  server_address.sin_port = htons(atoi(arguments[1]));
  server_address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  epoll_fd = epoll_create1(0);
  delays.assign(delay_us_max, 0);
  if (!strcmp(arguments[2], "tls")) {
#ifdef WITH_TLS
    tls_context = SSL_CTX_new(TLS_client_method());
    // Whole handshakes are measured, none is taken up again.
    SSL_CTX_set_session_cache_mode(tls_context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(tls_context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
#else
    fail("built without TLS");
#endif
  }
  walks_frames = !strcmp(arguments[3], "frames");
  read_greetings(arguments[4]);
  message = read_file(arguments[5]);
  bye = read_file(arguments[6]);
  size_t mark_at = message.find("~~");
  stamp_at = mark_at + 2;
  number_at = message.find(string(stamp_digits, '#'));
  // Commands are waited for where the sockets are: whoever is in goes on reading.
  epoll_event commands{};
  commands.events = EPOLLIN;
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, 0, &commands);
  string typed;
  for (;;) {
    epoll_event event;
    if (epoll_wait(epoll_fd, &event, 1, -1) != 1) continue;
    if (event.data.ptr) { handle(*(Peer *)event.data.ptr, event.events); continue; }
    char part[256];
    ssize_t got = read(0, part, sizeof part);
    if (got <= 0) return 0;
    typed.append(part, got);
    for (size_t end; (end = typed.find('\n')) != string::npos; typed.erase(0, end + 1)) run(typed.substr(0, end).c_str());
  }
}
