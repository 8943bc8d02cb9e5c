INSERT INTO network (id, name, enabled) VALUES
  (1, 'afilio', 1), (2, 'awin', 1), (3, 'direto', 1), (4, 'lomadee', 1), (5, 'magazinevoce', 1), (6, 'rakuten', 1);
