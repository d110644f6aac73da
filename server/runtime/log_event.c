/* What clients cause is counted, and of each cause a few lines are written in a while. */
#include "server/runtime/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define LINES_IN_A_PERIOD 10
#define PERIOD            10 /* seconds */

#define MOST_WHO (PEER_NAME + 64) /* bytes */

/* "event=too-long peer=127.0.0.1: ", and of a name with a blank in it, between quotation marks. */
static void write_who(char who[MOST_WHO], enum event event, const struct peer_id *peer)
{
	char name[PEER_NAME] = "";
	const char *mark;

	if (peer)
		peer_name(peer, name);
	mark = strchr(name, ' ') ? "\"" : "";
	snprintf(who, MOST_WHO, "event=%s%s%s%s%s: ", event_name(event), peer ? " peer=" : "", mark,
		 name, mark);
}

static bool is_same_cause(const struct log_cause *cause, enum event event,
			  const struct peer_id *peer)
{
	return cause->start && cause->event == event && cause->known == (peer != NULL) &&
	       (!peer || memcmp(&cause->peer, peer, sizeof(*peer)) == 0);
}

static bool is_over(const struct log_cause *cause, time_t now)
{
	return !cause->start || now - cause->start >= PERIOD;
}

/* The place of that cause, or one that nobody needs any more; where there is none, the event's own,
 * which its other peers share. */
static struct log_cause *find_cause(struct log_target *target, enum event event,
				    const struct peer_id *peer, time_t now)
{
	struct log_cause *over = NULL;

	for (int i = 0; i < LOG_CAUSES; i++) {
		struct log_cause *cause = &target->causes[i];

		if (is_same_cause(cause, event, peer))
			return cause;
		if (!over && is_over(cause, now))
			over = cause;
	}
	return over ? over : &target->others[event];
}

/* Whether another line of this cause may be written now; and of whom how many were left out before,
 * when a new period begins.  No peer stands for all that share a place. */
static bool may_write(struct log_cause *cause, enum event event, const struct peer_id *peer,
		      time_t now, struct log_cause *before)
{
	*before = (struct log_cause){ 0 };
	if (is_over(cause, now)) {
		*before = *cause;
		*cause = (struct log_cause){ .event = event,
					     .known = peer != NULL,
					     .peer = peer ? *peer : (struct peer_id){ 0 },
					     .start = now };
	}
	if (cause->written < LINES_IN_A_PERIOD) {
		cause->written++;
		return true;
	}
	cause->left_out++;
	return false;
}

static struct log_cause *place(struct log_target *target, int number)
{
	return number < LOG_CAUSES ? &target->causes[number] : &target->others[number - LOG_CAUSES];
}

/* Of one whose period is over what was left out, if there is any: its own peer may be gone. */
static void take_overdue(struct log_target *target, time_t now, struct log_cause *before)
{
	for (int i = 0; i < LOG_CAUSES + EVENTS && !before->left_out; i++) {
		struct log_cause *cause = place(target, i);

		if (!cause->left_out || !is_over(cause, now))
			continue;
		*before = *cause;
		cause->left_out = 0;
	}
}

static void count_event(struct event_count *count, const struct peer_id *peer)
{
	count->count++;
	count->last = time(NULL);
	count->known = peer != NULL;
	if (peer)
		count->peer = *peer;
}

/* Whether one more line may be written of this.  Called with the target's lock held. */
static bool take_line(struct log_target *target, enum event event, const struct peer_id *peer,
		      struct log_cause *before)
{
	struct log_cause *cause;
	struct timespec now;
	bool may;

	clock_gettime(CLOCK_MONOTONIC, &now);
	cause = find_cause(target, event, peer, now.tv_sec);
	may = may_write(cause, event, cause == &target->others[event] ? NULL : peer, now.tv_sec,
			before);
	take_overdue(target, now.tv_sec, before);
	return may;
}

/* Counts it.  Whether a line of it may be written, behind one on those that were left out. */
static bool take_event(enum event event, const struct peer_id *peer, struct log_cause *before)
{
	struct log_target *target = log_target();
	bool may;

	*before = (struct log_cause){ 0 };
	pthread_mutex_lock(&target->lock);
	count_event(&target->events[event], peer);
	may = event_priority(event) <= target->level && take_line(target, event, peer, before);
	pthread_mutex_unlock(&target->lock);
	return may;
}

static void say_left_out(const struct log_cause *cause)
{
	char who[MOST_WHO];

	if (!cause->left_out)
		return;
	write_who(who, cause->event, cause->known ? &cause->peer : NULL);
	log_line(event_priority(cause->event), "%s%u more such lines were left out", who,
		 cause->left_out);
}

void log_event(enum event event, const struct peer_id *peer, const char *format, ...)
{
	struct log_cause before;
	bool may = take_event(event, peer, &before);
	char who[MOST_WHO], text[LOG_LINE];
	va_list arguments;

	say_left_out(&before);
	if (!may)
		return;
	write_who(who, event, peer);
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	log_line(event_priority(event), "%s%s", who, text);
}

/* ---- at the end ---- */

static void say_of_place(struct log_target *target, struct log_cause *cause)
{
	struct log_cause before;

	pthread_mutex_lock(&target->lock);
	before = *cause;
	cause->left_out = 0;
	pthread_mutex_unlock(&target->lock);
	say_left_out(&before);
}

void log_say_left_out(void)
{
	struct log_target *target = log_target();

	for (int i = 0; i < LOG_CAUSES + EVENTS; i++)
		say_of_place(target, place(target, i));
}
