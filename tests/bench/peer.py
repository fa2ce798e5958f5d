"""Figures of the closest peer, an established open-source grant system, measured on the same kind of machine.

At 10,044 submissions, 30,000 reviews, 70,000 activities: queries, milliseconds, compressed bytes of the page.
"""

PEER: dict[str, str] = {
    "applications:list as officer": "210 queries, 314-348 ms, 30,500 bytes",
    "applications:list last page": "196 queries, 2,211-2,265 ms",
    "applications:list two-word search": "216 queries, 518-556 ms",
    "applications:list filter": "214 queries, 765-817 ms",
    "applications:list (csv)": "40,197 queries, 66-91 s, 481 MB",
    "applications:detail as officer": "60 queries and 4 partials, 118-125 ms, 16,300 bytes",
    "applications:detail as member:owner": "34 queries, 75-145 ms, 10,800 bytes",
    "applications:panel as officer": "51 queries, 71-81 ms, 12,200 bytes",
    "applications:section as member:owner": "23 queries, 91-149 ms, 14,400 bytes (692 KB with scripts)",
    "applications:review_scores as reviewer": "19-20 queries, 72-90 ms, 13,000 bytes (684 KB with scripts)",
    "applications:reviewers as officer": "21 queries, 321-418 ms, 17,400 bytes",
    "applications:calls as officer": "33 queries, 270-417 ms, 13,900 bytes",
    "fundmgmt:home of officer": "29 queries, 149-181 ms, 13,700 bytes",
    "fundmgmt:home of reviewer": "38 queries, 175-221 ms, 12,050 bytes",
    "fundmgmt:home of member:owner": "28 queries and 2 partials, 97-159 ms, 10,000 bytes",
    "evaluation:results as officer": "34 queries, 455 ms, 16,500 bytes",
}
