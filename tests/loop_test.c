/* The loop: whose turn it is, how long it is, and what is looked at before what. */
#include "server/runtime/loop.h"

#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/container.h"
#include "tests/kit/harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MOST         32

/* ---- turns ---- */

/* A party that has a number of turns to take, and writes its name down for each. */
struct player {
	struct party party; /* first */
	struct turns *turns;
	char name;
	int left;
	struct player *asks_for; /* in its turn; NULL: nobody */
	char *record;
};

static bool play(struct party *party)
{
	struct player *player = (struct player *)party;

	player->record[strlen(player->record)] = player->name;
	if (player->asks_for)
		turns_ask(player->turns, &player->asks_for->party);
	return --player->left > 0;
}

struct game {
	struct turns turns;
	struct player players[3];
	char record[MOST];
};

static void game_begin(struct game *game)
{
	memset(game, 0, sizeof(*game));
	for (int i = 0; i < 3; i++)
		game->players[i] = (struct player){ .party.take_turn = play,
						    .turns = &game->turns,
						    .name = (char)('a' + i),
						    .left = 1,
						    .record = game->record };
}

static void ask_all(struct game *game)
{
	for (int i = 0; i < 3; i++)
		turns_ask(&game->turns, &game->players[i].party);
}

static void play_out(struct game *game)
{
	for (int i = 0; i < MOST - 1 && turns_give(&game->turns); i++)
		;
	CU_ASSERT(!turns_give(&game->turns));
	CU_ASSERT_PTR_NULL(game->turns.last);
}

static void test_alternate(void)
{
	struct game game;

	game_begin(&game);
	game.players[0].left = 4;
	game.players[1].left = 2;
	ask_all(&game);
	ask_all(&game); /* harmless */
	play_out(&game);
	CHECK_STR(game.record, "abcabaa");
}

/* Who asks while it is its turn has one turn more if it says so, and not two. */
static void test_asks_in_its_turn(void)
{
	struct game game;

	game_begin(&game);
	game.players[0].left = 2;
	game.players[0].asks_for = &game.players[0];
	game.players[1].asks_for = &game.players[1];
	ask_all(&game);
	play_out(&game);
	CHECK_STR(game.record, "abca");
	game_begin(&game);
	game.players[0].asks_for = &game.players[2]; /* another comes in last */
	turns_ask(&game.turns, &game.players[0].party);
	turns_ask(&game.turns, &game.players[1].party);
	play_out(&game);
	CHECK_STR(game.record, "abc");
}

/* Each one, with and without a turn before. */
static void test_forget(void)
{
	static const char *const expected[3][2] = { { "bc", "bca" },
						    { "ac", "ac" },
						    { "ab", "ab" } };

	for (int i = 0; i < 3; i++) {
		for (int turns = 0; turns < 2; turns++) {
			struct game game;

			game_begin(&game);
			game.players[0].left = 2;
			ask_all(&game);
			if (turns)
				turns_give(&game.turns);
			turns_forget(&game.turns, &game.players[i].party);
			turns_forget(&game.turns, &game.players[i].party); /* harmless */
			CU_ASSERT_PTR_NULL(game.players[i].party.next);
			if (turns && i == 0)
				turns_ask(&game.turns, &game.players[0].party);
			game.players[0].left = 1;
			play_out(&game);
			CHECK_STR(turns ? game.record + 1 : game.record,
				  !turns || i == 0 ? expected[i][turns]
				  : i == 1         ? "ca"
						   : "ba");
			/* And it may ask again. */
			turns_ask(&game.turns, &game.players[i].party);
			CU_ASSERT(turns_give(&game.turns));
		}
	}
	{
		struct game game;

		game_begin(&game);
		turns_ask(&game.turns, &game.players[1].party);
		turns_forget(&game.turns, &game.players[1].party);
		play_out(&game);
		CHECK_STR(game.record, "");
	}
}

/* ---- when a turn is over ---- */

/* After which calls the clock is looked at: when the time is over, these are where a turn ends. */
static void test_strides(void)
{
	static const int looks[] = { 1, 3, 7, 15, 23, 31, 39 };
	struct loop loop = { .turn_end = 0 };
	struct turn_meter meter = { 0 };
	size_t found = 0;

	for (int call = 1; call < 40; call++)
		if (loop_turn_is_over(&loop, &meter)) {
			CU_ASSERT_FATAL(found < COUNT(looks));
			CHECK_INT(call, looks[found]);
			found++;
		}
	CHECK_INT(found, COUNT(looks));
}

static void test_time_left(void)
{
	struct loop loop = { .turn_end = INT64_MAX };
	struct turn_meter meter = { 0 };

	for (int call = 0; call < 100; call++)
		CU_ASSERT(!loop_turn_is_over(&loop, &meter));
}

/* ---- rounds ---- */

/* One who waits for something to arrive, takes turns, and whose time may run out. */
struct waiter {
	struct watch watch;
	struct party party;
	struct timer timer;
	struct loop *loop;
	int64_t busy; /* milliseconds that its turn takes */
	int turns;    /* that it wants; negative: for ever */
	char *record;
};

static struct loop *loop_of_timer; /* timers have no room for a context */

static void note(struct waiter *waiter, char what)
{
	size_t length = strlen(waiter->record);

	if (length < MOST - 1)
		waiter->record[length] = what;
}

static void arrived(struct watch *watch, uint32_t events)
{
	struct waiter *waiter = container_of(watch, struct waiter, watch);
	uint64_t value;

	(void)events;
	CHECK_INT(read(watch->fd, &value, sizeof(value)), sizeof(value));
	note(waiter, 'r');
	timer_stop(&waiter->timer);
}

static bool take_turn(struct party *party)
{
	struct waiter *waiter = container_of(party, struct waiter, party);
	int64_t end = loop_clock() + waiter->busy;

	note(waiter, 't');
	while (loop_clock() < end)
		;
	return --waiter->turns != 0;
}

static void expired(struct timer *timer)
{
	note(container_of(timer, struct waiter, timer), 'x');
	loop_of_timer->stop = true;
}

struct room {
	struct loop loop;
	struct timer_queue queue;
	struct waiter waiter;
	char record[MOST];
};

static void room_open(struct room *room, int64_t duration)
{
	memset(room, 0, sizeof(*room));
	CHECK_INT(loop_init(&room->loop), 0);
	loop_of_timer = &room->loop;
	loop_add_queue(&room->loop, &room->queue, duration, expired);
	room->waiter = (struct waiter){ .watch = { .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
						   .ready = arrived },
					.party.take_turn = take_turn,
					.loop = &room->loop,
					.record = room->record };
	list_init(&room->waiter.timer.link);
	CHECK_INT(loop_watch(&room->loop, &room->waiter.watch, EPOLLIN), 0);
}

static void room_close(struct room *room)
{
	loop_watch(&room->loop, &room->waiter.watch, 0);
	close(room->waiter.watch.fd);
	loop_release(&room->loop);
}

/* Until so much is written down. */
static void run_until(struct room *room, size_t letters)
{
	AWAIT(loop_run(&room->loop, 20) < 0 || strlen(room->record) >= letters);
}

static void wait_for_clock(int64_t milliseconds)
{
	int64_t end = loop_clock() + milliseconds;

	while (loop_clock() < end)
		;
}

/* The time is over, and what was waited for has come meanwhile: it was in time. */
static void test_timers_are_last(void)
{
	struct room room;

	room_open(&room, 10);
	timer_start(&room.loop, &room.queue, &room.waiter.timer);
	CHECK_INT(eventfd_write(room.waiter.watch.fd, 1), 0);
	wait_for_clock(30);
	run_until(&room, 1);
	CHECK_STR(room.record, "r");
	/* Without that it is over. */
	timer_start(&room.loop, &room.queue, &room.waiter.timer);
	wait_for_clock(30);
	CHECK_INT(loop_run(&room.loop, HARNESS_PATIENCE * 1000), 0);
	CHECK_STR(room.record, "rx");
	room_close(&room);
}

/* The time ran out during a turn that took long: what came meanwhile is looked at before. */
static void come_late(struct room *room)
{
	room->waiter.busy = 30;
	room->waiter.turns = 1;
	loop_ask(&room->loop, &room->waiter.party);
	timer_start(&room->loop, &room->queue, &room->waiter.timer);
}

static bool send_in_turn(struct party *party)
{
	struct waiter *waiter = container_of(party, struct waiter, party);
	bool more = take_turn(party);

	CHECK_INT(eventfd_write(waiter->watch.fd, 1), 0);
	return more;
}

static void test_long_turn(void)
{
	struct room room;

	room_open(&room, 10);
	room.waiter.party.take_turn = send_in_turn;
	come_late(&room);
	run_until(&room, 2);
	CHECK_STR(room.record, "tr");
	room_close(&room);
}

/* Another one's arrival, which takes long to note; meanwhile comes what is waited for. */
static void arrived_long(struct watch *watch, uint32_t events)
{
	struct room *room = container_of(loop_of_timer, struct room, loop);
	uint64_t value;

	(void)events;
	CHECK_INT(read(watch->fd, &value, sizeof(value)), sizeof(value));
	wait_for_clock(30);
	CHECK_INT(eventfd_write(room->waiter.watch.fd, 1), 0);
}

static void test_long_look(void)
{
	struct watch another = { .fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK),
				 .ready = arrived_long };
	unsigned int watched;
	struct room room;

	room_open(&room, 10);
	watched = room.loop.watched;
	CHECK_INT(loop_watch(&room.loop, &another, EPOLLIN), 0);
	timer_start(&room.loop, &room.queue, &room.waiter.timer);
	run_until(&room, 1);
	CHECK_STR(room.record, "r");
	CHECK_INT(loop_watch(&room.loop, &another, 0), 0);
	CHECK_INT(room.loop.watched, watched);
	close(another.fd);
	room_close(&room);
}

/* Who always wants another turn does not keep the loop from looking, nor from timers. */
static void test_endless_turns(void)
{
	struct room room;

	room_open(&room, 20);
	room.waiter.turns = -1;
	room.waiter.busy = 2;
	loop_ask(&room.loop, &room.waiter.party);
	CHECK_INT(eventfd_write(room.waiter.watch.fd, 1), 0);
	CHECK_INT(loop_run(&room.loop, 1), 0);
	CHECK_INT(room.record[0], 'r');
	timer_start(&room.loop, &room.queue, &room.waiter.timer);
	CHECK_INT(loop_run(&room.loop, HARNESS_PATIENCE * 1000), 0);
	CU_ASSERT(strchr(room.record, 'x') != NULL);
	room_close(&room);
}

int main(void)
{
	static const struct test tests[] = {
		{ "turns alternate", test_alternate },
		{ "who asks in his turn", test_asks_in_its_turn },
		{ "who takes back what he asked for", test_forget },
		{ "when the clock is looked at", test_strides },
		{ "a turn that has time", test_time_left },
		{ "timers after what arrived", test_timers_are_last },
		{ "what arrived during a long turn", test_long_turn },
		{ "what arrived during a long look", test_long_look },
		{ "turns without end", test_endless_turns },
		{ NULL, NULL },
	};

	return harness_run("loop", tests);
}
