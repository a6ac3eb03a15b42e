// Linux calls that Swift's Glibc module leaves out. Declared by hand where _GNU_SOURCE would be
// needed: defining it here makes this module disagree with Glibc's own.
#ifndef ACCREDIT_CLINUX_SHIM_H
#define ACCREDIT_CLINUX_SHIM_H

#include <malloc.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>

extern int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);

#endif
