"""Enters the marks of a class into nbgrader's gradebook, through nbgrader's own API.

    python3 tools/nbgrader/enter-marks.py spring/export/nbgrader.csv --db sqlite:///gradebook.db

Each becomes the manual score of the cell whose grade_id is the exercise's id, in whatever assignment that is; students and submissions that
the gradebook does not know yet are added. Asked again, it comes to the same. nbgrader has to know the assignments
(nbgrader generate_assignment), and does not have to run any student's notebook.
"""

import argparse
import csv
import sys

from nbgrader.api import Gradebook


def cells_of(book):
    """By grade_id: the assignment and the notebook of the cell."""
    cells = {}
    for assignment in book.assignments:
        for notebook in assignment.notebooks:
            for cell in notebook.grade_cells:
                cells[cell.name] = (assignment.name, notebook.name)
    return cells


def enter(book, rows):
    """Enters rows of student_id, grade_id, score; gives how many, and the grade_ids that the gradebook does not have."""
    cells = cells_of(book)
    entered, unknown = 0, set()
    for row in rows:
        if row["grade_id"] not in cells:
            unknown.add(row["grade_id"])
            continue
        assignment, notebook = cells[row["grade_id"]]
        book.update_or_create_student(row["student_id"])
        book.update_or_create_submission(assignment, row["student_id"])
        grade = book.find_grade(row["grade_id"], notebook, assignment, row["student_id"])
        grade.manual_score = float(row["score"])
        grade.needs_manual_grade = False
        entered += 1
    book.db.commit()
    return entered, unknown


def main():
    parser = argparse.ArgumentParser(description="Enters marks of a class into nbgrader's gradebook.")
    parser.add_argument("marks", help="nbgrader.csv, as warren class export writes it")
    parser.add_argument("--db", default="sqlite:///gradebook.db", help="the gradebook; default %(default)s")
    options = parser.parse_args()
    with open(options.marks, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with Gradebook(options.db) as book:
        entered, unknown = enter(book, rows)
    print(f"{entered} marks entered.")
    for grade_id in sorted(unknown):
        print(f"No assignment has a cell with the grade_id {grade_id}.")
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
