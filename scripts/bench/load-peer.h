// One connection of the load generator: TCP or TLS, its greeting, and what is looked for in what it is sent.
#pragma once
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <string>
#include <vector>
#ifdef WITH_TLS
#include <openssl/ssl.h>
#else
struct SSL;
#endif

using std::string;

// What is sent, and what is waited for in the answer; the next step begins then.
struct Step {
  string send, expect;
};

enum State { CONNECTING, SHAKING, GREETING, IN, GONE };

struct Peer {
  int fd = -1;
  SSL *tls = nullptr;
  State state = GONE;
  const std::vector<Step> *greeting = nullptr;
  size_t step = 0;
  bool counts = false;   // it is a receiver, whose deliveries count
  bool reads = true;     // a slow one stops once it is in
  bool polls_out = false;
  string rest, waiting;  // of what was read and not whole; of what was not taken
};

static const size_t chunk_bytes = 1 << 18;
static const int stamp_digits = 16;

// The frames of Holler are walked, because pings in them are answered; in all else the stamp is looked for.
static bool walks_frames = false;
static int epoll_fd = -1;
static sockaddr_in server_address;
static bool wants_delays = false;
static uint64_t deliveries = 0;
static std::vector<uint32_t> delays;  // how many deliveries took so many µs
#ifdef WITH_TLS
static SSL_CTX *tls_context = nullptr;
#endif

static inline int64_t now_us() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

[[noreturn]] static void fail(const char *what) {
  fprintf(stderr, "load: %s (%s)\n", what, strerror(errno));
  exit(1);
}

static void poll_for(Peer &peer, int operation) {
  epoll_event event{};
  event.events = (peer.reads ? EPOLLIN : 0u) | (peer.polls_out ? EPOLLOUT : 0u);
  event.data.ptr = &peer;
  if (epoll_ctl(epoll_fd, operation, peer.fd, &event) < 0) fail("epoll_ctl");
}

static void poll_out(Peer &peer, bool wanted) {
  if (peer.polls_out == wanted) return;
  peer.polls_out = wanted;
  poll_for(peer, EPOLL_CTL_MOD);
}

static void drop(Peer &peer) {
#ifdef WITH_TLS
  if (peer.tls) SSL_free(peer.tls);
#endif
  peer.tls = nullptr;
  if (peer.fd >= 0) close(peer.fd);
  peer.fd = -1;
  peer.state = GONE;
  string().swap(peer.rest);
  string().swap(peer.waiting);
}

// How much was taken; 0: nothing for now; below 0: it is gone.
static ssize_t write_some(Peer &peer, const char *bytes, size_t length) {
#ifdef WITH_TLS
  if (peer.tls) {
    int taken = SSL_write(peer.tls, bytes, (int)length);
    if (taken > 0) return taken;
    int why = SSL_get_error(peer.tls, taken);
    return why == SSL_ERROR_WANT_WRITE || why == SSL_ERROR_WANT_READ ? 0 : -1;
  }
#endif
  ssize_t taken = send(peer.fd, bytes, length, MSG_NOSIGNAL);
  return taken < 0 && errno == EAGAIN ? 0 : taken;
}

static ssize_t read_some(Peer &peer, char *into, size_t length) {
#ifdef WITH_TLS
  if (peer.tls) {
    size_t filled = 0;
    while (filled < length) {
      int got = SSL_read(peer.tls, into + filled, (int)(length - filled));
      if (got > 0) { filled += got; continue; }
      int why = SSL_get_error(peer.tls, got);
      if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE || filled > 0) break;
      return -1;
    }
    return (ssize_t)filled;
  }
#endif
  ssize_t got = recv(peer.fd, into, length, 0);
  if (got == 0) return -1;
  return got < 0 && errno == EAGAIN ? 0 : got;
}

static void flush(Peer &peer) {
  while (!peer.waiting.empty()) {
    ssize_t taken = write_some(peer, peer.waiting.data(), peer.waiting.size());
    if (taken < 0) return drop(peer);
    if (taken == 0) return poll_out(peer, true);
    peer.waiting.erase(0, taken);
  }
  poll_out(peer, false);
}

static void say(Peer &peer, const string &bytes) {
  bool is_behind = !peer.waiting.empty();
  peer.waiting += bytes;
  if (!is_behind) flush(peer);
}

static void begin_step(Peer &peer) {
  if (peer.step == peer.greeting->size()) {
    peer.state = IN;
    return;
  }
  const Step &step = (*peer.greeting)[peer.step];
  if (!step.send.empty()) say(peer, step.send);
}

static void open_peer(Peer &peer, const std::vector<Step> *greeting, int receive_bytes) {
  peer = Peer{};
  peer.greeting = greeting;
  peer.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (peer.fd < 0) fail("socket");
  int one = 1;
  setsockopt(peer.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (receive_bytes > 0) setsockopt(peer.fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
  if (connect(peer.fd, (sockaddr *)&server_address, sizeof server_address) < 0 && errno != EINPROGRESS) fail("connect");
  peer.state = CONNECTING;
  peer.polls_out = true;
  poll_for(peer, EPOLL_CTL_ADD);
}

// Goes on with connecting; the greeting begins when that is done.
static void shake(Peer &peer) {
  if (peer.state == CONNECTING) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(peer.fd, SOL_SOCKET, SO_ERROR, &error, &size);
    errno = error;
    if (error) fail("connect");
    peer.state = SHAKING;
#ifdef WITH_TLS
    if (tls_context) {
      peer.tls = SSL_new(tls_context);
      SSL_set_fd(peer.tls, peer.fd);
    }
#endif
  }
#ifdef WITH_TLS
  if (peer.tls) {
    int done = SSL_connect(peer.tls);
    if (done != 1) {
      int why = SSL_get_error(peer.tls, done);
      if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) return drop(peer);
      return poll_out(peer, why == SSL_ERROR_WANT_WRITE);
    }
  }
#endif
  peer.state = GREETING;
  poll_out(peer, false);
  begin_step(peer);
}

static void count(const Peer &peer, const char *stamp, int64_t at_us) {
  if (!peer.counts) return;
  deliveries++;
  if (!wants_delays) return;
  int64_t sent_us = 0;
  for (int digit = 0; digit < stamp_digits; digit++) sent_us = sent_us * 10 + (stamp[digit] - '0');
  int64_t delay = at_us - sent_us;
  if (delay < 0) delay = 0;
  delays[(size_t)delay < delays.size() ? delay : delays.size() - 1]++;
}

// Counts the stamped messages in these bytes; returns how many bytes are done with.
static size_t look_for_stamps(const Peer &peer, const char *bytes, size_t length, int64_t at_us) {
  const char *at = bytes, *end = bytes + length;
  while ((at = (const char *)memchr(at, '~', end - at))) {
    if (end - at < 2 + stamp_digits) return at - bytes;
    if (at[1] == '~') { count(peer, at + 2, at_us); at += 2 + stamp_digits; } else at++;
  }
  return length;
}

static bool expects(const Peer &peer, const char *bytes, size_t length) {
  const string &expected = (*peer.greeting)[peer.step].expect;
  return memmem(bytes, length, expected.data(), expected.size()) != nullptr;
}

static void answered(Peer &peer) {
  peer.step++;
  begin_step(peer);
}

static const unsigned char said_kind = 35, voice_kind = 16, ping_kind = 45, pong_kind = 10;

static size_t walk_frames(Peer &peer, const char *bytes, size_t length, int64_t at_us) {
  size_t done = 0;
  while (length - done >= 5 && peer.state != GONE) {
    uint32_t size;
    memcpy(&size, bytes + done, 4);
    size = ntohl(size) + 4;
    if (size > length - done) break;
    const char *frame = bytes + done;
    unsigned char kind = frame[4];
    done += size;
    if (kind == ping_kind) {
      string pong(frame, size);
      pong[4] = pong_kind;
      say(peer, pong);
    } else if (peer.state == GREETING) {
      if (expects(peer, frame, size)) answered(peer);
    } else if (kind == said_kind || kind == voice_kind) {
      look_for_stamps(peer, frame + 5, size - 5, at_us);
    }
  }
  return done;
}

static size_t take(Peer &peer, const char *bytes, size_t length, int64_t at_us) {
  if (walks_frames) return walk_frames(peer, bytes, length, at_us);
  if (peer.state == IN) return look_for_stamps(peer, bytes, length, at_us);
  if (!expects(peer, bytes, length)) return 0;
  answered(peer);
  return length;
}

// Reads once, and takes what is whole.
static void receive(Peer &peer) {
  static char buffer[2 * chunk_bytes];
  size_t kept = peer.rest.size();
  if (kept > chunk_bytes) { errno = EMSGSIZE; fail("an answer that does not end"); }
  memcpy(buffer, peer.rest.data(), kept);
  ssize_t got = read_some(peer, buffer + kept, chunk_bytes);
  if (got < 0) return drop(peer);
  size_t length = kept + got;
  size_t done = take(peer, buffer, length, wants_delays ? now_us() : 0);
  if (peer.state == GONE) return;
  if (kept > 0 || done < length) peer.rest.assign(buffer + done, length - done);
}

static void handle(Peer &peer, uint32_t events) {
  if (peer.state == GONE) return;
  if (peer.state == CONNECTING || peer.state == SHAKING) return shake(peer);
  if (events & EPOLLOUT) flush(peer);
  if (peer.state != GONE && (events & ~EPOLLOUT)) receive(peer);
}
