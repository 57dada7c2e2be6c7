// lwIP's calls have names of their own behind POSIX's, so that a program may have both.
#pragma once

#include <netinet/in.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>

int lwip_socket(int domain, int type, int protocol);
int lwip_bind(int socket, const sockaddr* name, socklen_t length);
int lwip_select(int count, fd_set* read, fd_set* write, fd_set* except, timeval* timeout);
ssize_t lwip_recvfrom(int socket, void* bytes, size_t length, int flags, sockaddr* from, socklen_t* from_length);
ssize_t lwip_sendto(int socket, const void* bytes, size_t length, int flags, const sockaddr* to, socklen_t to_length);
int lwip_close(int socket);

#define socket lwip_socket
#define bind lwip_bind
#define select lwip_select
#define recvfrom lwip_recvfrom
#define sendto lwip_sendto
#define close lwip_close
