"""The report.toml of the smallest report that trains: a test says in what its own differs."""


def small_report(
    *,
    head: str = "",
    base: str = 'model = "mlp"\ndense_units = 4\nepochs = 2',
    tables: str = "",
    values: str = "4, 8",
    choose: str = "",
) -> str:
    """Return the description of a report with one study, of the batch size.

    Args:
        head: More lines above its tables.
        base: Its settings besides the size of its pictures, which is 16.
        tables: More tables before the study.
        values: That the study compares.
        choose: The rule of the study, as an inline table; "" for none.
    """
    parts = [
        'title = "T"\nauthors = ["A"]',
        head,
        f'[data]\nsource = "../pictures"\n[base]\nimage_size = 16\n{base}',
        tables,
        '[[study]]\nname = "batch"\ntitle = "Batch size"\nquestion = "Which?"',
        f'factor = "batch_size"\nvalues = [{values}]',
        f"choose = {choose}" if choose else "",
    ]
    return "\n".join(part for part in parts if part) + "\n"
