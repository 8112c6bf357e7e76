"""What does a cron text mean, in plain words?"""

from __future__ import annotations

from itertools import product

import pytest

from tests.core.cron_texts import said
from wfkit.core.cron import Cron
from wfkit.core.cron_words import in_words

WORDS = """
* * * * *               every minute
*/5 * * * *             every 5 minutes
0,30 * * * *            every 30 minutes
*/7 * * * *             every 7 minutes from minute 0 of each hour
1-59/2 * * * *          every 2 minutes from minute 1 of each hour
@hourly                 every hour
0 0-23 * * *            every hour
30 * * * *              every hour at minute 30
15,45 * * * *           every hour at minutes 15 and 45
0-4 * * * *             every hour at minutes 0 to 4
*/5 * 1 * *             every 5 minutes, on the 1st of each month
*/5 * 13 * */5          every 5 minutes, on the 13th of each month, if it is Friday or Sunday
* * * 2 *               every minute, in February

0 */2 * * *             every 2 hours
0 1-23/2 * * *          every 2 hours from 01:00 to 23:00
30 */6 * * *            every day at 00:30, 06:30, 12:30 and 18:30
30 9-17 * * 1-5         every hour from 09:30 to 17:30, Monday to Friday
0 22,23,0-5 * * *       every hour from 22:00 to 05:00
5 1-3,9,12,15,18 * * *  at minute 5 of the hours 1 to 3, 9, 12, 15 and 18
*/15 9-17 * * mon-fri   every 15 minutes from 09:00 to 17:45, Monday to Friday
0,30 8,9 * * *          every 30 minutes from 08:00 to 09:30
* 9 * * *               every minute from 09:00 to 09:59
0-10 9 * * *            every minute from 09:00 to 09:10
*/20 */2 * * *          every 20 minutes of every 2nd hour from 00:00
1,2,8,9 7,8,13 * * *    at minutes 1, 2, 8 and 9 of the hours 7, 8 and 13

30 1 * * *              every day at 01:30
30 1,13 * * *           every day at 01:30 and 13:30
30 1 * * 7              every Sunday at 01:30
30 1 * * mon-fri        Monday to Friday at 01:30
30 1 * * 6,0            Saturday and Sunday at 01:30
30 1 * * mon,wed,fri    Monday, Wednesday and Friday at 01:30
0 6 * 6-8 1-5           Monday to Friday at 06:00, from June to August
5 0 * 2,8 *             every day at 00:05, in February and August
0 0 * 1-3,9 *           every day at 00:00, in January to March and September

@monthly                on the 1st of each month at 00:00
@yearly                 on the 1st of January at 00:00
30 1 1,15 * *           on the 1st and 15th of each month at 01:30
0 4 8-14 * *            from the 8th to 14th of each month at 04:00
0 0 11,12,22,23 * *     on the 11th, 12th, 22nd and 23rd of each month at 00:00
0 0 31 * *              on the 31st of each month that has it at 00:00
0 0 29 2 *              on the 29th of February at 00:00
0 0 1 */3 *             on the 1st of January, April, July and October at 00:00
0 0 */2 * *             every 2nd day from the 1st of each month at 00:00
0 0 2-31/2 1-6 *        every 2nd day from the 2nd of each month at 00:00, from January to June
30 1 1,15 * 5           on the 1st and 15th of each month and every Friday at 01:30
30 1 13 * 1-5           on the 13th of each month and on Monday to Friday at 01:30
0 0 13 6 5              on the 13th of each month and every Friday at 00:00, in June
30 1 */10 * 1           on the 1st, 11th, 21st and 31st of each month, if it is Monday, at 01:30
0 12 1-31 * 1           every day at 12:00
0 12 1 * 0-6            every day at 12:00
0 12 *,1 * 1            every Monday at 12:00
"""
ROWS = [tuple(line.split("  ", 1)) for line in WORDS.splitlines() if line]


@pytest.mark.parametrize(("text", "words"), ROWS)
def test_cron_in_words(text: str, words: str) -> None:
    assert in_words(Cron.parse(text)) == words.strip()


def meaning(cron: Cron) -> tuple[frozenset[object], ...]:
    """Return what decides when it fires."""
    both = all if cron.needs_both_days else any
    days = {
        (day, weekday)
        for day, weekday in product(range(1, 32), range(7))
        if both((day in cron.days, weekday in cron.weekdays))
    }
    return cron.minutes, cron.hours, cron.months, frozenset(days)


@pytest.mark.slow
def test_same_words_mean_the_same() -> None:
    found: dict[str, tuple[frozenset[object], ...]] = {}
    for seed in range(1_500):
        cron = Cron.parse(said(seed).text)
        assert found.setdefault(in_words(cron), meaning(cron)) == meaning(cron), cron
