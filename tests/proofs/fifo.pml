/* SPDX-License-Identifier: MIT */
/*
 * runtime/locks/fifo.c for spin.
 *
 *   here              there
 *   holder, queue     the same
 *   switched[i]       switches is not what waiter i saw last
 *   turn[i]           the permit in waiter i's node
 *   drop[i]           EXEC_DROP in thread i's breaker word
 *   acquire           fifo_acquire with take_or_queue
 *   ask               ask
 *   release           fifo_release; its lock_unpark is a step of its own
 *
 * What stands under the mutex there is atomic here: nobody looks at these
 * words without it. Time: a timed wait may end by itself at any moment.
 *
 * Each thread holds the lock as long as it likes, for ever if nobody asks,
 * polls, gives way when asked, or blocks; outside it may stay for ever.
 *
 * Claims, under weak fairness: one holds the lock at a time (assertion); there
 * is always somebody who can go on (no invalid end state); `served`: a thread
 * that wants the lock gets it, whatever the others do, so no wake-up is lost.
 */
#define N 3
#define NOBODY N

byte holder = NOBODY;
chan queue = [N] of { byte };
byte switched; /* here and below a bit a thread: 1 << its number */
bool turn[N], drop[N];
byte holders; /* what the lock is for: never more than one */
bool wants, holds; /* of thread 0: all are alike */

#define BIT(thread) (1 << thread)

inline note_wants() { wants = wants || me == 0 }

inline note_holds()
{
    atomic {
        holders++; assert(holders == 1);
        wants = wants && me != 0; holds = holds || me == 0
    }
}

inline note_lets_go() { holders--; holds = holds && me != 0 }

inline ask()
{
    atomic {
        if
        :: holder != NOBODY && !(switched & BIT(me)) -> drop[holder] = true
        :: else -> switched = switched & ~BIT(me)
        fi
    }
}

inline acquire()
{
    atomic {
        note_wants();
        if
        :: holder == NOBODY -> holder = me; switched = 7; waits = false
        :: else -> queue ! me; switched = switched & ~BIT(me); waits = true
        fi
    };
    do
    :: !waits -> break
    :: atomic { waits && turn[me] -> turn[me] = false; waits = false }
    :: waits && !turn[me] -> ask()
    od;
    note_holds()
}

inline release()
{
    atomic {
        note_lets_go();
        drop[me] = false;
        if
        :: queue ? next -> holder = next; switched = 7
        :: empty(queue) -> holder = NOBODY; next = NOBODY
        fi
    };
    if
    :: atomic { next != NOBODY -> turn[next] = true; next = NOBODY }
    :: else
    fi
}

active [N] proctype thread()
{
    byte me = _pid, next = NOBODY;
    bool waits;
    do
    :: acquire();
        do
        :: drop[me] -> release(); acquire() /* a safepoint that is asked */
        :: !drop[me]                        /* one that is not */
        :: break                            /* a blocking call */
        od;
        release()
    :: waits = false /* still blocked */
    od
}

ltl served { [] (wants -> <> holds) }
