-- R40: when each grade was reached, the first with the binding; null under packs that have no grades.
alter table bindings
  add column reached timestamptz[],
  add constraint bindings_have_a_grade_or_none check (reached is null or cardinality(reached) > 0);
