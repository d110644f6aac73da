/*
 * A server that knows libtirpc alone, with habits that such servers have (odd.x): how it makes its
 * transports, registers, waits and goes into the background is said by its options.
 *
 * odd -t tcp|udp|unix [-c CREATE] [-r REGISTER] [-l LOOP] [-b WHEN] [-p PATH] [-f HOW] [-e] [-i]
 *
 * It prints its port (0 for a path) and its process, once it can be called.
 */
#include <stdbool.h>
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netconfig.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "odd.h"

#define LONG_REPLY 1600000

static const char *transport = "tcp", *creator = "vc", *registrar = "reg", *loop = "run",
		  *background = "no", *path = "", *forget = "no";
static SVCXPRT *first, *waiting, *another;
static char began_with[1024];

void odd_prog_1(struct svc_req *request, SVCXPRT *xprt);
static void dispatch(struct svc_req *request, SVCXPRT *xprt);
void odd_prog_2(struct svc_req *request, SVCXPRT *xprt);

/* ---- what it is asked for ---- */

static int is(const char *word, const char *other)
{
	return strcmp(word, other) == 0;
}

int *odd_count_1_svc(int *argument, struct svc_req *request)
{
	static int calls;

	(void)argument;
	(void)request;
	calls++;
	return &calls;
}

int *odd_count_2_svc(int *argument, struct svc_req *request)
{
	return odd_count_1_svc(argument, request);
}

odd_bytes *odd_bytes_1_svc(int *argument, struct svc_req *request)
{
	static char bytes[ODD_LONGEST];
	static odd_bytes result;

	(void)request;
	memset(bytes, 'x', sizeof(bytes));
	result.odd_bytes_val = bytes;
	result.odd_bytes_len = *argument;
	return &result;
}

odd_text *odd_say_1_svc(odd_text *argument, struct svc_req *request)
{
	static char text[2049];
	static odd_text result = text;

	(void)request;
	snprintf(text, sizeof(text), "%s", *argument);
	return &result;
}

odd_text *odd_itself_1_svc(void *argument, struct svc_req *request)
{
	static odd_text result = began_with;

	(void)argument;
	(void)request;
	return &result;
}

/* An address without what is another one with each client. */
static void show_address(FILE *out, const char *name, const void *bytes, unsigned int length)
{
	const struct sockaddr *address = bytes;
	const struct sockaddr_in *in = bytes;

	fprintf(out, " %s=", name);
	if (!address || length < sizeof(sa_family_t))
		fprintf(out, "none");
	else if (address->sa_family == AF_INET)
		fprintf(out, "%s:%d", inet_ntoa(in->sin_addr), ntohs(in->sin_port));
	else
		fprintf(out, "family %d", address->sa_family);
}

static void show_credential(FILE *out, const struct svc_req *request)
{
	const struct authunix_parms *sys = (const struct authunix_parms *)request->rq_clntcred;

	fprintf(out, " flavor=%d", (int)request->rq_cred.oa_flavor);
	if (request->rq_cred.oa_flavor != AUTH_SYS)
		return;
	fprintf(out, " stamp=%lu machine=%s uid=%d gid=%d groups=", sys->aup_time,
		sys->aup_machname, (int)sys->aup_uid, (int)sys->aup_gid);
	for (u_int i = 0; i < sys->aup_len; i++)
		fprintf(out, "%d,", (int)sys->aup_gids[i]);
}

static void show_owner(FILE *out, int fd)
{
	struct ucred owner;
	socklen_t length = sizeof(owner);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &owner, &length) == 0)
		fprintf(out, " peer=%d,%d", (int)owner.uid, owner.pid > 0);
}

odd_text *odd_caller_1_svc(void *argument, struct svc_req *request)
{
	static char text[2049];
	static odd_text result = text;
	SVCXPRT *xprt = request->rq_xprt;
	FILE *out = fmemopen(text, sizeof(text), "w");
	struct sockaddr_in6 *caller = svc_getcaller(xprt);
	struct netbuf *remote = svc_getrpccaller(xprt);

	(void)argument;
	fprintf(out, "%u.%u.%u", (unsigned int)request->rq_prog, (unsigned int)request->rq_vers,
		(unsigned int)request->rq_proc);
	show_address(out, "caller", caller, xprt->xp_addrlen);
	fprintf(out, " length=%d", xprt->xp_addrlen);
	show_address(out, "remote", remote->buf, remote->len);
	if (is(transport, "udp"))
		show_address(out, "local", xprt->xp_ltaddr.buf, xprt->xp_ltaddr.len);
	else
		fprintf(out, " netid=%s port=%d", xprt->xp_netid, xprt->xp_port);
	show_credential(out, request);
	show_owner(out, xprt->xp_fd);
	fclose(out);
	return &result;
}

/* ---- its habits ---- */

static bool_t reply_number(SVCXPRT *xprt, int number)
{
	return svc_sendreply(xprt, (xdrproc_t)xdr_int, (char *)&number);
}

static bool_t reply_bytes(SVCXPRT *xprt)
{
	int length = LONG_REPLY;

	return svc_sendreply(xprt, (xdrproc_t)xdr_odd_bytes,
			     (char *)odd_bytes_1_svc(&length, NULL));
}

/* As ypserv walks through its database, and rpc.ypxfrd reads its file. */
static bool_t encode_once(XDR *stream, int *left)
{
	char piece[4000];
	bool_t more = TRUE, end = FALSE;

	memset(piece, 'y', sizeof(piece));
	for (; *left; --*left)
		if (!xdr_bool(stream, &more) || !xdr_opaque(stream, piece, sizeof(piece)))
			return FALSE;
	return xdr_bool(stream, &end);
}

static void stream_from_child(SVCXPRT *xprt)
{
	if (fork() == 0) {
		reply_bytes(xprt);
		_exit(0);
	}
}

static void reply_from_grandchild(SVCXPRT *xprt, int habit)
{
	pid_t child = fork();

	if (child == 0) {
		if (fork() == 0) {
			reply_number(xprt, habit);
			exit(0);
		}
		wait(NULL);
		exit(0);
	}
	waitpid(child, NULL, 0);
}

static int by_timer; /* what is replied */

static void on_alarm(int number)
{
	(void)number;
	if (waiting)
		reply_number(waiting, by_timer);
	waiting = NULL;
}

static void reply_by_timer(SVCXPRT *xprt, int number)
{
	const struct itimerval soon = { .it_value.tv_usec = 20000 };

	waiting = xprt;
	by_timer = number;
	signal(SIGALRM, on_alarm);
	setitimer(ITIMER_REAL, &soon, NULL);
}

static void on_second_alarm(int number)
{
	(void)number;
	if (waiting)
		svc_destroy(waiting);
	waiting = NULL;
}

static void destroy_by_timer(SVCXPRT *xprt)
{
	reply_by_timer(xprt, 0);
	signal(SIGALRM, on_second_alarm);
	reply_number(xprt, ODD_DESTROY_BY_TIMER);
}

/* What a thread of its own is to reply to. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	SVCXPRT *list[64];
	int count;
} asked = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static void *reply_to_all(void *unused)
{
	for (;;) {
		SVCXPRT *xprt;

		pthread_mutex_lock(&asked.lock);
		while (!asked.count)
			pthread_cond_wait(&asked.changed, &asked.lock);
		xprt = asked.list[--asked.count];
		pthread_mutex_unlock(&asked.lock);
		reply_number(xprt, ODD_THREAD_REPLIES);
	}
	return unused;
}

static void have_thread_reply(SVCXPRT *xprt)
{
	static pthread_t thread;

	if (!thread)
		pthread_create(&thread, NULL, reply_to_all, NULL);
	pthread_mutex_lock(&asked.lock);
	if (asked.count < 64)
		asked.list[asked.count++] = xprt;
	pthread_cond_signal(&asked.changed);
	pthread_mutex_unlock(&asked.lock);
}

static SVCXPRT *open_another(void)
{
	SVCXPRT *xprt = svctcp_create(RPC_ANYSOCK, 0, 0);

	if (xprt && !svc_reg(xprt, ODD_PROG, ODD_V1, dispatch, NULL))
		return NULL;
	return xprt;
}

static int open_and_close(void)
{
	for (int i = 0; i < 1000; i++) {
		SVCXPRT *xprt = open_another();

		if (!xprt)
			return -1;
		svc_destroy(xprt);
	}
	return ODD_OPEN_AND_CLOSE;
}

/* Until its standard input says something. */
static void work(void)
{
	char byte;

	(void)!read(STDIN_FILENO, &byte, 1);
}

/* What it has children do.  Whether it is one of these. */
static bool fork_children(SVCXPRT *xprt, int habit)
{
	switch (habit) {
	case ODD_STREAM_FROM_CHILD:
		stream_from_child(xprt);
		break;
	case ODD_CHILD_EXITS:
		if (fork() == 0)
			exit(0);
		wait(NULL);
		reply_number(xprt, habit);
		break;
	case ODD_CHILD_REPLIES:
		if (fork() == 0) {
			reply_number(xprt, habit);
			exit(0);
		}
		break;
	case ODD_SECOND_REPLIES:
		reply_from_grandchild(xprt, habit);
		break;
	case ODD_RUN_PROGRAM:
		reply_number(xprt, WEXITSTATUS(system("exit 3")));
		break;
	default:
		return false;
	}
	return true;
}

/* What it does to transports and registrations.  Whether it is one of these. */
static bool change_transports(SVCXPRT *xprt, int habit)
{
	switch (habit) {
	case ODD_DESTROY:
		reply_number(xprt, habit);
		svc_destroy(xprt);
		break;
	case ODD_DESTROY_FIRST:
		svc_destroy(first);
		break;
	case ODD_UNREGISTER:
		svc_unreg(ODD_PROG, ODD_V2);
		reply_number(xprt, habit);
		break;
	case ODD_REGISTER:
		reply_number(xprt, svc_reg(first, ODD_PROG, ODD_V2, odd_prog_2, NULL));
		break;
	case ODD_OPEN:
		another = open_another();
		reply_number(xprt, another ? another->xp_port : -1);
		break;
	case ODD_CLOSE:
		svc_destroy(another);
		reply_number(xprt, habit);
		break;
	case ODD_OPEN_AND_CLOSE:
		reply_number(xprt, open_and_close());
		break;
	case ODD_DESTROY_BY_TIMER:
		destroy_by_timer(xprt);
		break;
	case ODD_LEAVE:
		reply_number(xprt, habit);
		svc_exit();
		break;
	default:
		return false;
	}
	return true;
}

/* What it answers in place of a result.  Whether it is one of these. */
static bool refuse_call(SVCXPRT *xprt, int habit)
{
	switch (habit) {
	case ODD_NOPROC:
		svcerr_noproc(xprt);
		break;
	case ODD_DECODE:
		svcerr_decode(xprt);
		break;
	case ODD_SYSTEMERR:
		svcerr_systemerr(xprt);
		break;
	case ODD_AUTH:
		svcerr_auth(xprt, AUTH_BADVERF);
		break;
	case ODD_WEAKAUTH:
		svcerr_weakauth(xprt);
		break;
	case ODD_NOPROG:
		svcerr_noprog(xprt);
		break;
	case ODD_PROGVERS:
		svcerr_progvers(xprt, 3, 7);
		break;
	default:
		return false;
	}
	return true;
}

static void follow_habit(SVCXPRT *xprt, int habit)
{
	static int left;

	if (fork_children(xprt, habit) || change_transports(xprt, habit) ||
	    refuse_call(xprt, habit))
		return;
	switch (habit) {
	case ODD_REPLY_AND_EXIT:
		reply_number(xprt, habit);
		exit(0);
	case ODD_LONG_REPLY_AND_EXIT:
		reply_bytes(xprt);
		exit(0);
	case ODD_REPLY_AND_WORK:
		reply_number(xprt, habit);
		work();
		break;
	case ODD_NEVER_REPLY:
		break;
	case ODD_REPLY_TWICE:
		reply_number(xprt, habit);
		reply_number(xprt, habit);
		break;
	case ODD_REPLY_LATER:
		waiting = xprt;
		break;
	case ODD_REPLY_NOW:
		reply_number(waiting, ODD_REPLY_LATER);
		reply_number(xprt, habit);
		break;
	case ODD_REPLY_BY_TIMER:
		reply_by_timer(xprt, habit);
		break;
	case ODD_COUNT_BY_TIMER:
		reply_by_timer(xprt, *odd_count_1_svc(NULL, NULL));
		break;
	case ODD_THREAD_REPLIES:
		have_thread_reply(xprt);
		break;
	case ODD_OPEN_AS_ERROR:
		close(STDERR_FILENO);
		reply_number(xprt, memfd_create("data", MFD_CLOEXEC));
		break;
	case ODD_ERROR_LENGTH:
		reply_number(xprt, (int)lseek(STDERR_FILENO, 0, SEEK_END));
		break;
	case ODD_READ_WHILE_ENCODING:
		left = 400;
		svc_sendreply(xprt, (xdrproc_t)encode_once, (char *)&left);
		break;
	default:
		reply_number(xprt, habit);
	}
}

/* rpcgen's dispatcher makes all other calls. */
static void dispatch(struct svc_req *request, SVCXPRT *xprt)
{
	odd_habit habit;

	if (request->rq_proc != ODD_DO)
		odd_prog_1(request, xprt);
	else if (!svc_getargs(xprt, (xdrproc_t)xdr_odd_habit, (char *)&habit))
		svcerr_decode(xprt);
	else
		follow_habit(xprt, (int)habit);
}

int *odd_do_1_svc(odd_habit *argument, struct svc_req *request)
{
	(void)argument;
	(void)request;
	return NULL;
}

/* ---- its transports ---- */

static int bind_address(const struct sockaddr *address, socklen_t length, int type)
{
	int fd = socket(address->sa_family, type, 0);

	if (fd < 0 || bind(fd, address, length) < 0)
		err(EXIT_FAILURE, "cannot bind");
	if (type == SOCK_STREAM && listen(fd, 128) < 0)
		err(EXIT_FAILURE, "cannot listen");
	return fd;
}

static int bind_socket(void)
{
	const struct sockaddr_in in = { .sin_family = AF_INET,
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	if (is(creator, "inetd"))
		return STDIN_FILENO;
	if (!is(transport, "unix"))
		return bind_address((const struct sockaddr *)&in, sizeof(in),
				    is(transport, "udp") ? SOCK_DGRAM : SOCK_STREAM);
	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	return bind_address((const struct sockaddr *)&un, sizeof(un), SOCK_STREAM);
}

static SVCXPRT *create_by_netconfig(int fd)
{
	struct netconfig *netconfig = getnetconfigent(is(transport, "unix") ? "local" : transport);

	return netconfig ? svc_tli_create(fd, netconfig, NULL, 0, 0) : NULL;
}

/* rpc_soc(3): these bind by themselves, unless they are given a socket. */
static SVCXPRT *create_as_of_old(int fd)
{
	if (is(transport, "udp"))
		return svcudp_create(fd);
	return is(transport, "tcp") ? svctcp_create(fd, 0, 0)
				    : svcunix_create(RPC_ANYSOCK, 0, 0, (char *)path);
}

static SVCXPRT *create_transport(void)
{
	if (is(creator, "tli"))
		return create_by_netconfig(bind_socket());
	if (is(creator, "old"))
		return create_as_of_old(RPC_ANYSOCK);
	if (is(creator, "connected"))
		return svc_fd_create(STDIN_FILENO, 0, 0);
	if (is(creator, "inetd"))
		return create_as_of_old(STDIN_FILENO);
	if (is(transport, "udp"))
		return svc_dg_create(bind_socket(), 0, 0);
	return svc_vc_create(bind_socket(), 0, 0);
}

static int register_all(SVCXPRT *xprt)
{
	if (is(registrar, "register"))
		return svc_register(xprt, ODD_PROG, ODD_V1, dispatch, 0) &&
		       svc_register(xprt, ODD_PROG, ODD_V2, odd_prog_2, 0);
	return svc_reg(xprt, ODD_PROG, ODD_V1, dispatch, NULL) &&
	       svc_reg(xprt, ODD_PROG, ODD_V2, odd_prog_2, NULL);
}

/* With rpcbind: svc_create(3) and rpc_reg(3) make the transports themselves. */
static char *count_by_rpc_reg(char *argument)
{
	return (char *)odd_count_1_svc((int *)(void *)argument, NULL);
}

static int serve_by_rpcbind(void)
{
	if (is(creator, "create"))
		return svc_create(dispatch, ODD_PROG, ODD_V1, transport);
	return rpc_reg(ODD_PROG, ODD_V1, ODD_COUNT, count_by_rpc_reg, (xdrproc_t)xdr_int,
		       (xdrproc_t)xdr_int, (char *)transport) == 0;
}

static void show_place(int fd)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);

	getsockname(fd, (struct sockaddr *)&address, &length);
	printf("%d %d\n",
	       address.ss_family == AF_INET ? ntohs(((struct sockaddr_in *)&address)->sin_port) : 0,
	       (int)getpid());
	fflush(stdout);
}

/* ---- its loop ---- */

static void wait_by_select(int common)
{
	for (;;) {
		fd_set ready = svc_fdset;

		if (select(FD_SETSIZE, &ready, NULL, NULL, NULL) < 0)
			continue;
		if (!common) {
			svc_getreqset(&ready);
			continue;
		}
		for (int fd = 0; fd < FD_SETSIZE; fd++)
			if (FD_ISSET(fd, &ready))
				svc_getreq_common(fd);
	}
}

static void wait_by_poll(void)
{
	for (;;) {
		struct pollfd ready[1024];
		int count = svc_max_pollfd < 1024 ? svc_max_pollfd : 1024;

		memcpy(ready, svc_pollfd, (size_t)count * sizeof(ready[0]));
		count = poll(ready, (nfds_t)count, -1);
		if (count > 0)
			svc_getreq_poll(ready, count);
	}
}

static void serve(void)
{
	if (is(loop, "select"))
		wait_by_select(0);
	else if (is(loop, "common"))
		wait_by_select(1);
	else if (is(loop, "poll"))
		wait_by_poll();
	svc_run();
}

/* ---- what it is before anything happens ---- */

static void remember_beginning(void)
{
	FILE *out = fmemopen(began_with, sizeof(began_with), "w");
	struct sigaction action;
	struct rlimit limit;
	sigset_t blocked;

	fprintf(out, "descriptors");
	for (int fd = 0; fd < 64; fd++)
		if (fd != fileno(stdin) && fcntl(fd, F_GETFD) >= 0)
			fprintf(out, " %d", fd);
	sigaction(SIGPIPE, NULL, &action);
	sigprocmask(SIG_SETMASK, NULL, &blocked);
	getrlimit(RLIMIT_NOFILE, &limit);
	fprintf(out, "; SIGPIPE %s, %sblocked; %d descriptors",
		action.sa_handler == SIG_DFL ? "kills" : "is ignored",
		sigismember(&blocked, SIGPIPE) ? "" : "not ", (int)limit.rlim_cur);
	fclose(out);
}

static void leave(int number)
{
	(void)number;
	exit(7);
}

/* As what rpcgen's users write. */
static void unregister_and_leave(int number)
{
	(void)number;
	svc_unreg(ODD_PROG, ODD_V1);
	exit(7);
}

static void exit_at_signals(void)
{
	signal(SIGTERM, leave);
	signal(SIGHUP, leave);
}

static void beat(int number)
{
	(void)number;
}

/* As a program that has something to do now and then. */
static void interrupt_often(void)
{
	const struct itimerval often = { { 0, 2000 }, { 0, 2000 } };

	signal(SIGALRM, beat);
	setitimer(ITIMER_REAL, &often, NULL);
}

/* Three serve, and the first one waits for them. */
static void fork_workers(void)
{
	pid_t maker = getpid();

	for (int i = 0; i < 3; i++)
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (getppid() != maker)
				exit(0); /* it was gone before */
			return;
		}
	while (wait(NULL) > 0 || errno == EINTR)
		;
	exit(0);
}

static void go_into_background(const char *when)
{
	if (is(background, when) && daemon(1, 1) < 0)
		err(EXIT_FAILURE, "daemon");
}

/* As a program does that wants to have only what it knows. */
static void forget_descriptors(void)
{
	if (is(forget, "closefrom"))
		closefrom(STDERR_FILENO + 1);
	else if (is(forget, "close_range"))
		close_range(STDERR_FILENO + 1, ~0U, 0);
	for (int fd = STDERR_FILENO + 1; is(forget, "close") && fd < 64; fd++)
		close(fd);
	/* What it opens next must not be taken for what was there. */
	for (int i = 0; !is(forget, "no") && i < 12; i++)
		open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void take_options(int argc, char **argv)
{
	int option;

	opterr = 0;
	while ((option = getopt(argc, argv, "t:c:r:l:b:p:f:eiu")) != -1) {
		switch (option) {
		case 't':
			transport = optarg;
			break;
		case 'c':
			creator = optarg;
			break;
		case 'r':
			registrar = optarg;
			break;
		case 'l':
			loop = optarg;
			break;
		case 'b':
			background = optarg;
			break;
		case 'p':
			path = optarg;
			break;
		case 'f':
			forget = optarg;
			break;
		case 'e':
			exit_at_signals();
			break;
		case 'u':
			signal(SIGTERM, unregister_and_leave);
			break;
		case 'i':
			interrupt_often();
			break;
		default:
			exit(EXIT_FAILURE);
		}
	}
}

/* Seen from outside, where it is a part of a program that loads it (later.c). */
__attribute__((visibility("default"))) int main(int argc, char **argv)
{
	remember_beginning();
	take_options(argc, argv);
	go_into_background("before");
	if (is(creator, "create") || is(creator, "rpc_reg")) {
		if (!serve_by_rpcbind())
			errx(EXIT_FAILURE, "it cannot be registered");
		printf("0 %d\n", (int)getpid());
		fflush(stdout);
	} else {
		first = create_transport();
		if (!first || !register_all(first))
			errx(EXIT_FAILURE, "libtirpc makes no server of it");
		go_into_background("after");
		forget_descriptors();
		show_place(first->xp_fd);
	}
	if (is(background, "workers"))
		fork_workers();
	serve();
	puts("svc_run returned");
	return 3;
}
