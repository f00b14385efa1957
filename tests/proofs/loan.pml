/* SPDX-License-Identifier: MIT */
/*
 * runtime/locks/loan.c for spin.
 *
 *   here               there
 *   holder, owner      the same
 *   visitors, queue    the same
 *   lent               lent_ns is not 0
 *   credit             credit_ns, with the price of a loan that is going on;
 *                      MOST is what it may be, as a credit and as a debt
 *   ran                the owner's run: 0 less than a loan may last, 1 more,
 *                      2 a slice
 *   overdue            the visitor has held the lock for longer than it may
 *   computes[i]        thread i is no visitor: used_ns is loan_max_ns or more
 *   turn[i], drop[i]   the permit in thread i's node; EXEC_DROP in its word
 *   passes             time passes while the holder runs: the owner earns
 *   due_for_visitor    look_as_visitor(self, now) <= now
 *   due_for_queue      look_as_queued(self, now) <= now
 *   may_visit, look, hand_over, take, take_back, end_hold, release, give_way
 *                      the functions of these names
 *   wait_for_turn      that; its second half, under the mutex again, is a step
 *                      of its own, and so are all lock_unpark
 *
 * What stands under the mutex there is atomic here: nobody looks at these
 * words without it; the owner's look at `owner` is one that only holders
 * change. Time: a timed wait may end by itself at any moment; each visit costs
 * the same. Spinning is waiting, and where a thread is does not matter.
 *
 * Each thread holds the lock as long as it likes, for ever if nobody asks,
 * polls, gives way when asked, or blocks; outside it may stay for ever.
 *
 * Claims, under weak fairness: one holds the lock at a time (assertion); there
 * is always somebody who can go on (no invalid end state); `served`: a thread
 * that wants the lock gets it, whatever the others do and whether it comes as
 * a visitor or queues, so no wake-up is lost. check.py leaves out one rule of
 * the policy at a time, and spin finds that it is needed.
 */
#define N 3
#define NOBODY N
#define MOST 2

byte holder = NOBODY, owner = NOBODY;
chan visitors = [N] of { byte };
chan queue = [N] of { byte };
bool lent, overdue;
short credit = MOST;
byte ran;
bool computes[N], turn[N], drop[N];
byte holders; /* what the lock is for: never more than one */
bool wants, holds; /* of thread 0: all are alike */

#define due_for_visitor ((computes[owner] || ran > 0) && credit > 0)
#define due_for_queue   (ran == 2)
#define may_visit       ((lent && credit > -MOST) || (!lent && due_for_visitor))

inline note_holds()
{
    atomic {
        holders++; assert(holders == 1);
        wants = wants && me != 0; holds = holds || me == 0
    }
}

inline note_lets_go() { holders--; holds = holds && me != 0 }

inline passes()
{
    atomic {
        if
        :: me == owner && ran < 2 -> ran++
        :: else
        fi;
        if
        :: me == owner && credit < MOST -> credit++
        :: else
        fi;
        overdue = me != owner
    }
}

/* Inside atomic, here and down to `take`. */
inline hand_over()
{
    if
    :: owner != NOBODY
    :: owner == NOBODY ->
        ran = 0;
        if
        :: queue ? owner
        :: empty(queue) && nempty(visitors) -> visitors ? owner
        :: empty(queue) && empty(visitors)
        fi
    fi;
    if
    :: nempty(visitors) && may_visit ->
        visitors ? holder; lent = true; overdue = false
    :: else -> holder = owner
    fi;
    next = holder
}

inline look()
{
    if
    :: holder != owner && overdue -> drop[holder] = true
    :: holder == owner && !lent && me != owner && computes[me] &&
            due_for_queue -> drop[holder] = true
    :: holder == owner && !lent && me != owner && !computes[me] &&
            visitors ? [eval(me)] && due_for_visitor -> drop[holder] = true
    :: else
    fi
}

inline end_hold()
{
    if
    :: me != owner && credit > -MOST -> credit--
    :: else
    fi
}

inline take()
{
    if
    :: holder == NOBODY -> holder = me; owner = me; ran = 0; waits = false
    :: holder != NOBODY && holder == owner && lent && !computes[me] &&
            may_visit && turn[owner] -> /* take_back */
        turn[owner] = false; holder = me; overdue = false; waits = false
    :: else ->
        waits = true;
        if
        :: computes[me] -> queue ! me
        :: else -> visitors ! me
        fi
    fi
}

inline unpark()
{
    if
    :: atomic { next != NOBODY -> turn[next] = true; next = NOBODY }
    :: else
    fi
}

inline wait_for_turn()
{
    do
    :: atomic { turn[me] -> turn[me] = false; break }
    :: atomic { !turn[me] -> look() }
    od;
    atomic {
        if
        :: owner == me ->
            lent = false;
            drop[me] = drop[me] || (nempty(visitors) && due_for_visitor) ||
                       (nempty(queue) && due_for_queue)
        :: else
        fi;
        waits = false
    }
}

inline acquire()
{
    atomic { wants = wants || me == 0; take() };
    if
    :: waits -> wait_for_turn()
    :: else
    fi;
    note_holds()
}

inline release()
{
    atomic {
        note_lets_go();
        drop[me] = false;
        end_hold();
        computes[me] = (me == owner && ran > 0) || (me != owner && overdue);
        if
        :: me == owner -> owner = NOBODY
        :: else
        fi;
        hand_over()
    };
    unpark()
}

inline give_way()
{
    atomic {
        drop[me] = false;
        lends = me == owner && nempty(visitors) && due_for_visitor;
        if
        :: lends || (me == owner && nempty(queue) && due_for_queue) ||
                (me != owner && overdue) ->
            note_lets_go();
            wants = wants || me == 0;
            waits = true;
            end_hold();
            if
            :: lends
            :: !lends ->
                computes[me] = true;
                queue ! me;
                if
                :: me == owner -> owner = NOBODY
                :: else
                fi
            fi;
            hand_over()
        :: else /* asked in vain, goes on */
        fi;
        lends = false
    };
    if
    :: waits -> unpark(); wait_for_turn(); note_holds()
    :: else
    fi
}

active [N] proctype thread()
{
    byte me = _pid, next = NOBODY;
    bool waits, lends;
    do
    :: acquire();
        do
        :: drop[me] -> give_way() /* a safepoint that is asked */
        :: !drop[me] -> passes()  /* one that is not */
        :: break                  /* a blocking call */
        od;
        release()
    :: waits = false /* still blocked */
    od
}

ltl served { [] (wants -> <> holds) }
