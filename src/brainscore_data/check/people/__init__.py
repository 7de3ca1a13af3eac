"""People: where files tell of them, and what `--fix` does about it.

probe ─┬─ personal_columns   csv and tsv ─────────────┐
├─ personal_texts     all that a library reads ─┴─ signs_of_people
│     └─ texts_in_parquet, texts_in_arrays, texts_in_matlab
└─ personal_tags      images, in zips too ─────── image_blocks
rules    one for each thing that a column or a tag can hold
fix ───┬─ pseudonymising     a copy of a table ───────── linking_table, manifest_editing
│     └─ table_copies    of what the cage reads ──── tables_to_copy
└─ image_stripping    a copy of an image, and its original
staying_home                 what git is told to ignore, and is then nobody's affair
"""
