// Asks for PATH over so many connections at once for so many seconds, each connection one request after the other, and
// finishes what it started: no request is left without its answer, so that a count can be held against the answers.
// Usage: loadClient PORT CONNECTIONS SECONDS PATH FORM; each request is of the form `plain`, `ids`, with an X-Request-ID
// of its own, or `nginx`, byte for byte as nginx would pass it on, from 65,536 addresses in turn. Prints a line of JSON; times in microseconds, `sum`
// is that of the numbers in the answers.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { RECEIVED = 4096, STUCK_MS = 20000, MOST = 4096 };

struct connection {
  int fd;
  bool connecting;
  uint64_t sent_at;
  size_t length;
  char received[RECEIVED + 1];
};

static struct sockaddr_in server = {.sin_family = AF_INET};
static struct connection connections[MOST];
static int poller;
static const char *path, *form;
static uint64_t ends_at, ids;
static long open_requests, ok, other, broken, in_time;
static unsigned long long sum;
static uint32_t *times;
static size_t times_room;

static uint64_t now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return (uint64_t)at.tv_sec * 1000000 + (uint64_t)at.tv_nsec / 1000;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void send_request(struct connection *c) {
  char request[256];
  char id[33];
  snprintf(id, sizeof id, "%016llx%016llx", (unsigned long long)getpid() << 32 | (ends_at & 0xffffffff),
           (unsigned long long)++ids);
  int length =
    *form == 'p' ? sprintf(request, "GET %s HTTP/1.1\r\nHost: bench\r\n\r\n", path)
    : *form == 'i' ? sprintf(request, "GET %s HTTP/1.1\r\nHost: bench\r\nX-Request-ID: %s\r\n\r\n", path, id)
    : sprintf(request, "GET %s HTTP/1.1\r\nX-Real-IP: 10.0.%u.%u\r\nX-Request-ID: %s\r\nHost: counter\r\n\r\n", path,
              (unsigned)(ids >> 8 & 255), (unsigned)(ids & 255), id);
  c->length = 0;
  // Few bytes on an idle connection: they always fit. A server that has closed it meanwhile is seen when reading.
  (void)!write(c->fd, request, (size_t)length);
}

static void open_connection(struct connection *c) {
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (c->fd < 0) fail("socket");
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
  if (connect(c->fd, (struct sockaddr *)&server, sizeof server) < 0 && errno != EINPROGRESS) fail("connect");
  c->connecting = true;
  struct epoll_event event = {.events = EPOLLOUT, .data.ptr = c};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &event) < 0) fail("epoll_ctl");
}

// Begins another request while there is time: over the connection it has, or where that is closed over a new one,
// which belongs to the request's time.
static void begin(struct connection *c) {
  c->sent_at = now();
  if (c->sent_at >= ends_at) return;
  open_requests += 1;
  if (c->fd < 0) open_connection(c);
  else send_request(c);
}

static void finish(struct connection *c, int status, bool closes) {
  uint64_t at = now();
  if (status == 200) {
    ok += 1;
  } else if (status > 0) {
    other += 1;
  } else {
    broken += 1;
  }
  if (at < ends_at && status == 200) {
    if ((size_t)in_time == times_room) {
      times_room = times_room ? 2 * times_room : 1 << 20;
      times = realloc(times, times_room * sizeof *times);
      if (!times) fail("realloc");
    }
    times[in_time++] = (uint32_t)(at - c->sent_at);
  }
  open_requests -= 1;
  if (closes) {
    close(c->fd);
    c->fd = -1;
  }
  begin(c);
}

static void add_number(const char *body) {
  while (*body && (*body < '0' || *body > '9')) body += 1;
  sum += strtoull(body, NULL, 10);
}

static void receive(struct connection *c) {
  ssize_t got = read(c->fd, c->received + c->length, RECEIVED - c->length);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) return finish(c, 0, true);
  c->length += (size_t)got;
  c->received[c->length] = 0;
  char *head_end = strstr(c->received, "\r\n\r\n");
  if (!head_end) return;
  char *body = head_end + 4;
  *head_end = 0;
  char *told = strcasestr(c->received, "\r\nContent-Length:");
  bool whole = told && c->length - (size_t)(body - c->received) >= strtoul(told + 17, NULL, 10);
  bool closes = strcasestr(c->received, "\r\nConnection: close") != NULL;
  int status = c->length > 12 ? atoi(c->received + 9) : 0;
  *head_end = '\r';
  if (!told) {
    fprintf(stderr, "An answer without Content-Length: %s\n", c->received);
    exit(1);
  }
  if (!whole) return;
  if (status == 200) add_number(body);
  finish(c, status, closes);
}

static void connected(struct connection *c) {
  int error = 0;
  getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &(socklen_t){sizeof error});
  c->connecting = false;
  if (error) return finish(c, 0, true);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
  if (epoll_ctl(poller, EPOLL_CTL_MOD, c->fd, &event) < 0) fail("epoll_ctl");
  send_request(c);
}

static int ascending(const void *one, const void *other_one) {
  uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other_one;
  return (a > b) - (a < b);
}

int main(int argc, char **argv) {
  if (argc < 6 || strlen(argv[4]) > 32) {
    fprintf(stderr, "Usage: loadClient PORT CONNECTIONS SECONDS PATH FORM\n");
    return 2;
  }
  int count = atoi(argv[2]);
  double seconds = atof(argv[3]);
  path = argv[4];
  form = argv[5];
  if (count < 1 || count > MOST) return 2;
  server.sin_port = htons((uint16_t)atoi(argv[1]));
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  poller = epoll_create1(0);
  uint64_t began_at = now();
  ends_at = began_at + (uint64_t)(seconds * 1e6);
  for (int index = 0; index < count; index += 1) {
    connections[index].fd = -1;
    begin(&connections[index]);
  }
  struct epoll_event events[256];
  while (open_requests > 0) {
    int ready = epoll_wait(poller, events, 256, STUCK_MS);
    if (ready < 0 && errno != EINTR) fail("epoll_wait");
    if (ready == 0) {
      fprintf(stderr, "%ld requests have had no answer for %d s\n", open_requests, STUCK_MS / 1000);
      return 1;
    }
    for (int index = 0; index < ready; index += 1) {
      struct connection *c = events[index].data.ptr;
      if (c->connecting) connected(c);
      else receive(c);
    }
  }
  qsort(times, (size_t)in_time, sizeof *times, ascending);
  uint32_t p50 = in_time ? times[in_time / 2] : 0, p99 = in_time ? times[in_time * 99 / 100] : 0;
  printf("{\"ok\":%ld,\"other\":%ld,\"broken\":%ld,\"inTime\":%ld,\"seconds\":%g,\"sum\":%llu,\"p50\":%u,\"p99\":%u}\n",
         ok, other, broken, in_time, seconds, sum, p50, p99);
  return 0;
}
