-- What a request is at `now` (src/binding/effective-state.ts): when its time is up it is over, before
-- the job has ended it. `now` is used once, so that PostgreSQL can inline the function.
create function effective_request_state(state text, expires_at timestamptz, now timestamptz)
  returns text language sql immutable parallel safe
  as $$ select case when state not in ('created', 'offered', 'answered', 'proving') or expires_at > now then state
                    when state = 'proving' then 'refused'
                    else 'expired' end $$;

-- What fills a slot of a primary and of its owner (R2): each live binding, and each request that both
-- sides agreed to. A view, so that a condition on primary_id or primary_owner_id reaches the indexes
-- bindings_primary, bindings_owner, binding_requests_pending and binding_requests_pending_owner.
create view occupied_slots as
  select primary_id, primary_owner_id, null::text as request_id
    from bindings where state in ('active', 'suspended')
  union all
  select primary_id, primary_owner_id, id
    from binding_requests
   where state in ('answered', 'proving', 'in_review')
     and effective_request_state(state, expires_at, bindery_now()) in ('answered', 'proving', 'in_review');
comment on view occupied_slots is 'A row for each slot that is filled, by the primary and its owner (R2); request_id: by a request';

-- As in 0013, by the effective state: a proof that lapsed was given up, whether or not the job has been by.
create or replace function step_up_outcome(request text) returns text language sql stable as $$
  select case when r.state in ('approved', 'redeemed') then case when p.decision is null then 'proved' else 'accepted' end
              when r.state = 'expired' or r.refusal = 'refused_by_owner' then 'gave_up'
              when r.state = 'refused' and p.decision = 'reject' then 'rejected'
              when r.state = 'refused' then case when d.verdict = 'step_up' then 'gave_up' else 'refused' end
              when r.state = 'in_review' then 'with_people'
              else 'waiting' end
    from (select id, effective_request_state(state, expires_at, bindery_now()) as state, refusal, decision_id
            from binding_requests where id = request) r
    left join decisions d on d.id = r.decision_id
    left join lateral (select c.decision from review_cases c
                        where c.subject_kind = 'binding_request' and c.subject_id = r.id and c.appeal_text is null
                          and c.state = 'decided' order by c.decided_at desc limit 1) p on true
$$;
