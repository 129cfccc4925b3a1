assert [row[1] for row in sorted(rows)] == ["Ada", "Grace", "Edsger"], rows
