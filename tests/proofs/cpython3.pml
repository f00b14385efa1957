/* SPDX-License-Identifier: MIT */
/*
 * runtime/locks/cpython3.c, statement by statement, for spin.
 *
 *   here                      there
 *   mutex, smutex             mutex, switch_mutex; under CHATTY and COMPUTING
 *                             in the order of arrival, so that no claim is
 *                             refuted by a mutex alone
 *   locked, last_holder       the same
 *   switched                  switch_number is not what the waiter saved
 *   drop[i]                   EXEC_DROP in thread i's breaker word
 *   in_cond, signalled        cond: who waits, and who of them is woken
 *   in_switch, switch_woken   switch_cond, the same
 *   take, interval            cpython3_take, await_one_interval
 *   let_go, await_switch      cpython3_drop, await_switch
 *
 * Time: a timed wait may end by itself at any moment. That is more than the
 * program does, so what holds here holds there; and where a claim is refuted,
 * the trail ends no wait by itself, so it needs no time either.
 *
 * Runs and claims:
 *   TURNS      three threads take turns, polling in between; one of them takes
 *              two. One holds the lock at a time (assertion), and the run ends
 *              with all turns done (no invalid end state): no wake-up is lost.
 *   CHATTY     the other thread drops the lock and takes it back, again and
 *              again. `served`, that a thread that wants the lock gets it, is
 *              REFUTED, and so is `not_in_vain`, that a thread that waits for
 *              ever is woken but finitely often. Its trail is the inverse
 *              convoy: every drop wakes the waiter, and every time the lock is
 *              taken again before it has run.
 *   COMPUTING  the other thread polls and never blocks: `served` holds.
 * All under weak fairness.
 */
#ifdef TURNS
#define N 3
#else
#define N 2
#endif
#define NOBODY N
#define WAITER 0

chan mutex = [N] of { byte }; /* who waits for it; the first has it */
chan smutex = [N] of { byte };
bool locked;
byte last_holder = NOBODY;
bool drop[N];
byte switched;               /* here and below a bit a thread: */
byte in_cond, signalled;     /* 1 << its number */
byte in_switch, switch_woken;
byte holders; /* what the lock is for: never more than one */
bool wants, holds, in_vain; /* of WAITER */

#define BIT(thread) (1 << thread)
#define SET(word) word = word | BIT(me)
#define CLEAR(word) word = word & ~BIT(me)

#ifdef TURNS
inline lock(m) { atomic { empty(m) -> m ! me } }
#else
inline lock(m) { m ! me; m ? <eval(me)> }
#endif
inline unlock(m) { m ? _ }

/* Wakes one of those that wait, any of them; nobody if there is none. */
inline signal(waiting, woken)
{
    atomic {
        if
        :: waiting & ~woken & 1 -> woken = woken | 1
        :: waiting & ~woken & 2 -> woken = woken | 2
        :: waiting & ~woken & 4 -> woken = woken | 4
        :: (waiting & ~woken) == 0
        fi
    }
}

/* Waits on `cond`, with the mutex, until signalled or for one interval. */
inline interval()
{
    atomic {
        in_vain = in_vain && me != WAITER;
        CLEAR(switched); SET(in_cond); unlock(mutex)
    };
    atomic {
        if
        :: signalled & BIT(me) -> CLEAR(signalled)
        :: !(signalled & BIT(me)) -> timed_out = true
        fi;
        CLEAR(in_cond)
    };
    lock(mutex);
    if
    :: timed_out && locked && !(switched & BIT(me)) -> drop[last_holder] = true
    :: else
    fi;
    atomic {
        if
        :: me == WAITER && locked && !timed_out ->
            in_vain = true; printf("thread %d is woken in vain\n", me)
        :: else
        fi;
        timed_out = false
    }
}

inline take()
{
    atomic { wants = wants || me == WAITER; printf("thread %d asks\n", me) };
    lock(mutex);
    do
    :: locked -> interval()
    :: else -> break
    od;
    lock(smutex);
    locked = true;
    if
    :: last_holder != me ->
        atomic { last_holder = me; switched = 7 }
    :: else
    fi;
    signal(in_switch, switch_woken);
    unlock(smutex);
    drop[me] = false;
    atomic {
        holders++; assert(holders == 1);
        wants = wants && me != WAITER; holds = holds || me == WAITER;
        in_vain = in_vain && me != WAITER;
        printf("thread %d takes\n", me)
    };
    unlock(mutex)
}

/* Waits once: who has asked is there and will take the lock. */
inline await_switch()
{
    lock(smutex);
    if
    :: last_holder == me ->
        drop[me] = false;
        atomic { SET(in_switch); unlock(smutex) };
        switch_woken & BIT(me);
        atomic { CLEAR(in_switch); CLEAR(switch_woken) };
        lock(smutex)
    :: else
    fi;
    unlock(smutex)
}

inline let_go()
{
    atomic {
        holders--; holds = holds && me != WAITER;
        last_holder = me; printf("thread %d drops\n", me)
    };
    lock(mutex);
    locked = false;
    signal(in_cond, signalled);
    unlock(mutex);
    if
    :: drop[me] -> await_switch()
    :: else
    fi
}

#ifdef TURNS
active [N] proctype thread()
{
    byte me = _pid, turns;
    bool timed_out;
    do
    :: turns < 1 + (me == WAITER) ->
        take();
        do /* safepoints, then a blocking call */
        :: drop[me] -> let_go(); take()
        :: break
        od;
        let_go();
        turns++
    :: else -> break
    od
}
#else
/* WAITER wants the lock again and again. */
active [N] proctype thread()
{
    byte me = _pid;
    bool timed_out;
    do
    :: take();
#ifdef COMPUTING
        do
        :: me != WAITER && drop[me] -> let_go(); take()
        :: me != WAITER && !drop[me]
        :: me == WAITER -> break
        od;
#endif
        let_go()
    od
}

ltl served { [] (wants -> <> holds) }
ltl not_in_vain { ! (<> [] wants && [] <> in_vain) }
#endif
