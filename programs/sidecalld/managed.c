/* Whoever runs us: signals, and what a service manager is told. */
#include "programs/sidecalld/managed.h"

#include <signal.h>

#include "server/runtime/notify.h"
#include "server/runtime/log.h"

/* A signal handler is given no context. */
static struct managed {
	struct sidecall_svc *svc;
	struct notify notify;
	sigset_t signals; /* those that are ours to take */
} managed;

/* Not the ones that whoever started us had ignored, as nohup does. */
static void choose_signals(sigset_t *set)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
	struct sigaction action;

	sigemptyset(set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (sigaction(signals[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(set, signals[i]);
}

void managed_prepare(void)
{
	choose_signals(&managed.signals);
	pthread_sigmask(SIG_BLOCK, &managed.signals, NULL);
	notify_open(&managed.notify);
}

/* ---- what they mean ---- */

static void on_stop(int number)
{
	(void)number;
	notify_stopping(&managed.notify);
	sidecall_svc_stop(managed.svc);
}

static void on_reload(int number)
{
	(void)number;
	runtime_call(managed.svc);
}

static void reload(void *context)
{
	(void)context;
	notify_reloading(&managed.notify);
	log_line(LOG_NOTICE, "reloaded: %s. Options change with a restart",
		 runtime_register_again(managed.svc) ? "rpcbind is asked again"
						     : "there was nothing to do");
	notify_ready(&managed.notify);
}

static void beat(void *context)
{
	(void)context;
	notify_alive(&managed.notify);
}

/* ---- from the beginning to the end ---- */

static bool is_watched(void)
{
	return managed.notify.fd >= 0;
}

/* In this thread alone: they were blocked before there was any other. */
static void heed_signals(void)
{
	const struct sigaction stop = { .sa_handler = on_stop, .sa_flags = SA_RESTART };
	const struct sigaction again = { .sa_handler = on_reload, .sa_flags = SA_RESTART };

	for (int number = 1; number < NSIG; number++)
		if (sigismember(&managed.signals, number) == 1)
			sigaction(number, is_watched() && number == SIGHUP ? &again : &stop, NULL);
	pthread_sigmask(SIG_UNBLOCK, &managed.signals, NULL);
}

int managed_begin(struct sidecall_svc *svc)
{
	unsigned int period = managed.notify.period;
	int r = 0;

	managed.svc = svc;
	if (is_watched())
		r = runtime_when_called(svc, reload, NULL);
	if (r == 0 && period)
		r = runtime_heartbeat(svc, period, beat, NULL);
	if (r < 0)
		return r;
	notify_ready(&managed.notify);
	heed_signals();
	return 0;
}

void managed_end(void)
{
	pthread_sigmask(SIG_BLOCK, &managed.signals, NULL);
	notify_close(&managed.notify);
}
